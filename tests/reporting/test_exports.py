"""CSV that no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.exports import cell, to_csv
from reporting.figures import with_ratios
from reporting.query import COUNTS, Dimension
from reporting.result import Report
from tests.reporting.builders import a_query


def a_report(*rows) -> Report:
    figures = with_ratios(dict.fromkeys(COUNTS, 1))
    return Report(
        tenant_id=1, start="a", end="b", tz="UTC", group_by=("ad_id",), granularity="none",
        totals=figures, rows=[row | figures for row in rows], next_offset=None,
    )  # fmt: skip


def lines(*rows) -> list[list[str]]:
    query = a_query(dimensions=(Dimension.AD,))
    return list(csv.reader(io.StringIO(to_csv(a_report(*rows), query), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_text_never_starts_a_formula(start):
    formula = f"{start}cmd|' /C calc'!A0"
    assert cell(formula) == f"'{formula}"


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert [cell(-5), cell(0.25), cell(None), cell("12-34")] == [-5, 0.25, "", "12-34"]


def test_it_has_a_header_and_a_line_per_row():
    header, first = lines({"ad_id": "=1+1"})
    assert header[:3] == ["ad_id", "impressions", "viewable"]
    assert first[:2] == ["'=1+1", "1"]


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_text_survives_as_one_cell(text):
    read = lines({"ad_id": text})[1][0]
    assert read in {text, f"'{text}"}
