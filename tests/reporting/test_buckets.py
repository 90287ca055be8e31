"""Buckets of local time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reporting.buckets import key, keys, label, stretches
from reporting.query import Granularity


def at(year, month, day, hour=0, minute=0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


def labels(granularity, zone, start, end) -> list[str]:
    tz = ZoneInfo(zone)
    found = keys(granularity, tz, start, end, 10_000)
    return [label(granularity, tz, each).isoformat() for each in found]


def test_the_hour_that_comes_twice_is_two_buckets():
    start, end = at(2026, 11, 1, 5), at(2026, 11, 1, 7)
    assert labels(Granularity.HOUR, "America/Toronto", start, end) == [
        "2026-11-01T01:00:00-04:00",
        "2026-11-01T01:00:00-05:00",
    ]


def test_where_the_clocks_change_by_half_an_hour_a_bucket_is_short():
    start, end = at(2026, 10, 3, 14, 30), at(2026, 10, 3, 17)
    assert labels(Granularity.HOUR, "Australia/Lord_Howe", start, end) == [
        "2026-10-04T01:00:00+10:30",
        "2026-10-04T02:30:00+11:00",
        "2026-10-04T03:00:00+11:00",
    ]


def test_days_weeks_and_months_begin_at_a_local_midnight():
    start, end = at(2026, 11, 1), at(2026, 11, 3)
    toronto = "America/Toronto"
    assert labels(Granularity.DAY, toronto, start, end) == [
        "2026-10-31T00:00:00-04:00",
        "2026-11-01T00:00:00-04:00",
        "2026-11-02T00:00:00-05:00",
    ]
    assert labels(Granularity.WEEK, toronto, start, end) == [
        "2026-10-26T00:00:00-04:00",
        "2026-11-02T00:00:00-05:00",
    ]
    assert labels(Granularity.MONTH, toronto, start, end) == [
        "2026-10-01T00:00:00-04:00",
        "2026-11-01T00:00:00-04:00",
    ]


def test_a_day_that_a_zone_skipped_has_no_bucket():
    found = labels(Granularity.DAY, "Pacific/Apia", at(2011, 12, 29), at(2012, 1, 1))
    assert [text[:10] for text in found] == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


def test_where_midnight_is_skipped_the_day_begins_later():
    beirut = ZoneInfo("Asia/Beirut")  # 29 March 2026: from 00:00 to 01:00
    (first,) = keys(Granularity.DAY, beirut, at(2026, 3, 29, 5), at(2026, 3, 29, 6), 10)
    assert label(Granularity.DAY, beirut, first).isoformat() == "2026-03-29T01:00:00+03:00"


@pytest.mark.parametrize("granularity", [g for g in Granularity if g is not Granularity.NONE])
def test_listed_buckets_are_those_of_the_moments(granularity):
    tz = ZoneInfo("Australia/Lord_Howe")
    start, end = at(2026, 4, 3, 0, 7), at(2026, 4, 6, 3, 14)
    found = stretches(tz, start, end)
    expected = sorted({key(granularity, found, moment) for moment in range(start, end, 60)})
    assert keys(granularity, tz, start, end, 10_000) == expected


def test_too_many_buckets_are_not_counted_to_the_end():
    assert len(keys(Granularity.MINUTE, ZoneInfo("UTC"), 0, 10**9, 5)) == 6
