"""What may be asked, and refusals that name their field."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.report.ask import By
from rtb.report.documentation import REASONS_FIELDS, SUMMARY_FIELDS
from rtb.report.parse import Asked, BadParameters, parse

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
TORONTO = ZoneInfo("America/Toronto")


def asked(known=SUMMARY_FIELDS, **fields: str) -> Asked:
    return parse({name: [text] for name, text in fields.items()}, known, TORONTO, NOW)


def refusals(known=SUMMARY_FIELDS, **fields: str) -> dict[str, str]:
    with pytest.raises(BadParameters) as refused:
        asked(known, **fields)
    return refused.value.errors


def test_left_out_it_is_the_last_week_in_whole_minutes():
    found = asked()
    assert found.end == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    assert found.end - found.start == timedelta(days=7)
    assert (found.by, found.limit, found.line_item_id) == ((), 1000, None)


def test_dates_are_days_of_the_account():
    found = asked(start="2026-11-01", end="2026-11-02T10:00:59")
    assert found.start == datetime(2026, 11, 1, 4, tzinfo=UTC)  # clocks went back that night
    assert found.end == datetime(2026, 11, 2, 15, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-11-02T10:00:00+05:30", "2026-11-02T10:00:00 05:30"])
def test_a_time_may_say_its_zone(text):
    assert asked(start=text).start == datetime(2026, 11, 2, 4, 30, tzinfo=UTC)


def test_it_is_broken_down_in_the_order_asked_for():
    assert asked(group_by="ssp,day,ssp").by == (By.SSP, By.DAY)
    assert asked(group_by="").by == ()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"start": "soon"}, "start", "neither a date"),
        ({"start": "0001-01-01"}, "start", "between"),
        ({"end": "2099-12-31T23:59:59-12:00"}, "end", "between"),
        ({"start": "2026-11-21", "end": "2026-11-21"}, "start", "before"),
        ({"start": "2020-01-01"}, "start", "400 days"),
        ({"group_by": "ssp,shoe_size"}, "group_by", "shoe_size"),
        ({"limit": "0"}, "limit", "1 to 10000"),
        ({"limit": "10001"}, "limit", "1 to 10000"),
        ({"limit": "²"}, "limit", "whole number"),
        ({"shoe_size": "42"}, "shoe_size", "no such"),
    ],
)
def test_a_refusal_names_the_field(fields, field, words):
    errors = refusals(**fields)
    assert list(errors) == [field]
    assert words in errors[field]


def test_every_wrong_field_is_named_at_once():
    assert set(refusals(REASONS_FIELDS, start="x", limit="x", group_by="ssp")) == {
        "start",
        "limit",
        "group_by",
    }


def test_a_field_is_given_once():
    with pytest.raises(BadParameters, match="once"):
        parse({"limit": ["1", "2"]}, SUMMARY_FIELDS, TORONTO, NOW)


@given(st.dictionaries(st.sampled_from(sorted(SUMMARY_FIELDS)), st.lists(st.text(), max_size=2)))
def test_any_text_is_understood_or_refused(fields):
    outcome = _outcome(fields)
    if isinstance(outcome, Asked):
        assert outcome.start < outcome.end
    else:
        assert outcome <= set(fields)


def _outcome(fields) -> Asked | set[str]:
    try:
        return parse(fields, SUMMARY_FIELDS, TORONTO, NOW)
    except BadParameters as refused:
        return set(refused.errors)
