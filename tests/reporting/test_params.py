"""Query strings: defaults, time zones, and every refusal named."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.params import FIELDS, BadParameters, output, parse
from reporting.query import Dimension, Granularity, Order, ReportQuery
from tests.reporting.builders import NOW


def read(**fields) -> ReportQuery:
    lists = {name.rstrip("_"): value for name, value in fields.items()}
    lists = {name: [value] if isinstance(value, str) else value for name, value in lists.items()}
    return parse(lists, tenant_id=1, default_tz="Europe/Berlin", now=NOW)


def refused(**fields) -> dict[str, str]:
    with pytest.raises(BadParameters) as caught:
        read(**fields)
    return caught.value.errors


def test_the_default_is_the_last_seven_days_up_to_this_minute():
    query = read()
    assert query.end == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)
    assert query.start == query.end - timedelta(days=7)
    assert (query.tz.key, query.limit, query.offset) == ("Europe/Berlin", 1000, 0)


def test_a_date_is_midnight_in_the_time_zone():
    query = read(from_="2026-10-25", to="2026-10-26", tz="Europe/Berlin")
    assert query.start == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert query.end - query.start == timedelta(hours=25)  # the clocks go back that night


def test_a_datetime_keeps_its_own_zone_even_with_an_unescaped_plus():
    query = read(from_="2026-11-01 00:00:00 05:30", to="2026-11-02T00:00:00Z")
    assert query.start == datetime(2026, 10, 31, 18, 30, tzinfo=UTC)
    assert query.end == datetime(2026, 11, 2, tzinfo=UTC)


def test_bounds_grow_to_whole_minutes():
    query = read(from_="2026-11-01T00:00:59Z", to="2026-11-01T00:01:01Z")
    assert query.start == datetime(2026, 11, 1, tzinfo=UTC)
    assert query.end == datetime(2026, 11, 1, 0, 2, tzinfo=UTC)


def test_filters_may_be_repeated_or_have_commas():
    query = read(campaign_id=["1,2", "3"], ad_id="1-2,3-4")
    assert query.filters == {Dimension.CAMPAIGN: (1, 2, 3), Dimension.AD: ("1-2", "3-4")}


def test_group_by_takes_dimensions_by_either_name_and_one_granularity():
    query = read(group_by="campaign,placement_id,day,campaign")
    assert query.dimensions == (Dimension.CAMPAIGN, Dimension.PLACEMENT)
    assert query.granularity is Granularity.DAY
    assert query.group_fields == ("time", "campaign_id", "placement_id")


def test_the_order_names_what_the_report_shows():
    query = read(group_by="campaign", granularity="day", order="-ctr,campaign,time")
    assert query.order == (Order("ctr", descending=True), Order("campaign_id"), Order("time"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("from", "yesterday"),
        ("from", "1970-01-01"),
        ("to", "2400-01-01"),
        ("to", "9999-12-31T23:59:59-23:00"),
        ("tz", "Mars/Olympus"),
        ("tz", "../../etc/passwd"),
        ("campaign_id", "1; DROP TABLE"),
        ("campaign_id", "-1"),
        ("campaign_id", str(2**64)),
        ("campaign_id", "\u0661"),
        ("ad_id", "1-" * 300),
        ("group_by", "moon"),
        ("granularity", "fortnight"),
        ("order", "campaign"),  # not broken down by campaign
        ("order", "tenant_id"),
        ("limit", "0"),
        ("limit", "10001"),
        ("offset", "-1"),
        ("campain_id", "3"),
    ],
)
def test_it_names_the_field_that_is_wrong(name, text):
    assert list(refused(**{name: text})) == [name]


def test_it_refuses_an_empty_period_two_granularities_and_repeated_fields():
    assert "from" in refused(from_="2026-11-02", to="2026-11-02")
    assert "granularity" in refused(group_by="day", granularity="hour")
    assert "limit" in refused(limit=["1", "2"])


def test_it_names_every_wrong_field_at_once():
    assert set(refused(limit="x", tz="y", group_by="z")) == {"limit", "tz", "group_by"}


def test_csv_may_be_asked_for_by_either_name():
    assert output({"format": ["csv"]}) == output({"output": ["csv"]}) == "csv"
    assert output({}) == "json"
    with pytest.raises(BadParameters):
        output({"format": ["pdf"]})


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.lists(st.text(max_size=30), max_size=3)))
def test_any_text_becomes_a_query_or_a_named_error(fields):
    try:
        assert isinstance(parse(fields, tenant_id=1, default_tz="UTC", now=NOW), ReportQuery)
    except BadParameters as exc:
        assert set(exc.errors) <= set(fields)  # noqa: PT017
