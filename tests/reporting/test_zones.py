"""Stretches of one offset."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.zones import Segment, offset_at, segments


def at(year, month, day, hour=0, minute=0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


def test_a_year_in_toronto_has_three_stretches():
    start, end = at(2026, 1, 1), at(2027, 1, 1)
    assert segments(ZoneInfo("America/Toronto"), start, end) == (
        Segment(start, at(2026, 3, 8, 7), -18_000),
        Segment(at(2026, 3, 8, 7), at(2026, 11, 1, 6), -14_400),
        Segment(at(2026, 11, 1, 6), end, -18_000),
    )


@pytest.mark.parametrize("end", [at(2026, 11, 1, 6), at(2026, 11, 1, 6) + 1])
def test_a_change_at_the_end_of_the_period(end):
    found = segments(ZoneInfo("America/Toronto"), at(2026, 10, 31), end)
    assert len(found) == 1 + (end > at(2026, 11, 1, 6))


@given(
    zone=st.sampled_from(["UTC", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia"]),
    start=st.integers(at(2000, 1, 1), at(2040, 1, 1)),
    length=st.integers(1, 800 * 86_400),
    moment=st.floats(0, 1, exclude_max=True),
)
def test_every_moment_has_the_offset_of_its_stretch(zone, start, length, moment):
    tz = ZoneInfo(zone)
    found = segments(tz, start, start + length)
    assert (found[0].start, found[-1].end) == (start, start + length)
    assert all(one.end == two.start for one, two in pairwise(found))
    chosen = start + int(length * moment)
    (segment,) = [each for each in found if each.start <= chosen < each.end]
    assert segment.offset == offset_at(tz, chosen)
