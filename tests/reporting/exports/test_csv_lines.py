"""CSV that no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.exports.csv_lines import cell, lines, to_csv
from reporting.figures import figures as figures_of
from reporting.measures import COLUMNS
from reporting.query import COUNTS, RATIOS, Dimension
from reporting.result import Report
from tests.reporting.builders import a_query

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"))


def a_report(*rows) -> Report:
    figures = figures_of((*COUNTS, *RATIOS), dict.fromkeys(COLUMNS, 1))
    return Report(
        tenant_id=1, start="a", end="b", tz="UTC", group_by=("ad_id",), granularity="none",
        totals=figures, rows=[row | figures for row in rows], next_offset=None,
    )  # fmt: skip


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
)
def test_text_never_starts_a_formula(start):
    formula = f"{start}cmd|' /C calc'!A0"
    assert cell(formula) == f"'{formula}"


@pytest.mark.parametrize("formula", ["-1+1", "+1.5*A1", "-", "--1", "-1e", "-٣", "=-1", "-1\n"])
def test_what_only_begins_like_a_number_is_text(formula):
    assert cell(formula) == f"'{formula}"


def test_numbers_stay_numbers_and_nothing_stays_empty():
    assert [cell(-5), cell(0.25), cell(None), cell("12-34")] == [-5, 0.25, "", "12-34"]


@pytest.mark.parametrize("number", ["-5", "+5", "-12.50"])
def test_a_number_that_is_text_stays_as_it_is(number):
    assert cell(number) == number


def test_lines_end_and_quote_as_rfc_4180_says():
    found = list(lines(["a", "b"], [{"a": 'x,"y"\r\nz', "b": -1}, {"b": 2.5}]))
    assert found == ["a,b\r\n", '"x,""y""\r\nz",-1\r\n', ",2.5\r\n"]


def test_rows_are_taken_one_by_one():
    def endless():
        while True:
            yield {"a": 1}

    some = lines(["a"], endless())
    assert [next(some), next(some)] == ["a\r\n", "1\r\n"]


def test_a_report_has_a_header_and_a_line_per_row():
    query = a_query(dimensions=(Dimension.AD,))
    header, first = read(to_csv(a_report({"ad_id": "=1+1"}), query))
    assert header[:3] == ["ad_id", "impressions", "viewable"]
    assert first[:2] == ["'=1+1", "1"]


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_any_text_survives_in_its_own_cell(rows):
    text = "".join(lines(["a", "b"], [{"a": a, "b": b} for a, b in rows]))
    for (a, b), cells in zip(rows, read(text)[1:], strict=True):
        assert cells[0] in {a, f"'{a}"}
        assert cells[1] in {b, f"'{b}"}
