"""The coarsest tier that answers exactly, and what fills its edges."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.tiers import DAY, MINUTE, QUARTER
from reporting.source import NotKept, Span, corrections, plan, raw
from reporting.zones import Segment

D = 86_400
HOUR = 3600


def planned(start, end, unit=None, offset=0, kept=None):
    return plan([Segment(start, end, offset)], unit, kept=kept or {})


def test_whole_utc_days_come_from_days():
    assert planned(10 * D, 40 * D) == (Span(DAY, 10 * D, 40 * D),)


def test_edges_come_from_finer_tiers():
    assert planned(10 * D - 1800 - 60, 12 * D + 900) == (
        Span(MINUTE, 10 * D - 1860, 10 * D - 1800),
        Span(QUARTER, 10 * D - 1800, 10 * D),
        Span(DAY, 10 * D, 12 * D),
        Span(QUARTER, 12 * D, 12 * D + 900),
    )


def test_a_short_period_needs_no_coarse_tier():
    assert planned(60, 600) == (Span(MINUTE, 60, 600),)


@pytest.mark.parametrize(
    ("unit", "offset", "tier"),
    [
        (D, 0, DAY),
        (D, -5 * HOUR, QUARTER),
        (D, 19_800, QUARTER),  # +05:30
        (HOUR, 20_700, QUARTER),  # +05:45
        (HOUR, 0, QUARTER),
        (60, 0, MINUTE),
        (D, -2640, MINUTE),  # Monrovia until 1972: -00:44
        (None, 19_800, DAY),
    ],
)
def test_the_offset_and_the_bucket_decide(unit, offset, tier):
    assert planned(10 * D, 12 * D, unit, offset) == (Span(tier, 10 * D, 12 * D),)


def test_a_zone_uses_days_while_its_offset_is_zero():
    london = [Segment(10 * D, 12 * D, HOUR), Segment(12 * D, 14 * D, 0)]
    assert plan(london, D, kept={}) == (
        Span(QUARTER, 10 * D, 12 * D),
        Span(DAY, 12 * D, 14 * D),
    )


def test_what_a_tier_has_dropped_comes_from_raw_events():
    kept = {MINUTE: 20 * D, None: 0}
    assert planned(10 * D, 10 * D + 60, kept=kept) == (Span(None, 10 * D, 10 * D + 60),)


def test_what_nothing_has_is_refused_with_a_remedy():
    kept = {MINUTE: 20 * D, QUARTER: 15 * D, None: 30 * D}
    with pytest.raises(NotKept, match=r"1970-01-21T00:00Z.*timezone UTC"):
        planned(10 * D, 10 * D + 60, kept=kept)
    with pytest.raises(NotKept, match="leave out what only single events know"):
        raw(10 * D, 11 * D, kept)
    with pytest.raises(NotKept, match="start then or later"):
        planned(10 * D, 11 * D, kept={DAY: 12 * D, None: 30 * D})


@given(
    start=st.integers(0, 5000),
    length=st.integers(1, 10_000),
    unit=st.sampled_from([None, 60, HOUR, D]),
    offset=st.integers(-48, 56).map(lambda quarters: quarters * 900),
)
def test_spans_cover_the_period_once_and_are_aligned(start, length, unit, offset):
    stretch = Segment(start * 60, (start + length) * 60, offset)
    spans = plan([stretch], unit, kept={}, settled=0)  # shifted days cover it in pairs
    assert spans[0].start == start * 60
    assert spans[-1].end == (start + length) * 60
    assert all(one.end == two.start for one, two in pairwise(spans))
    for span in spans:
        assert span.tier is not None
        assert span.start % span.tier.seconds == span.end % span.tier.seconds == 0
        assert unit is None or (unit % span.tier.seconds, offset % span.tier.seconds) == (0, 0)


@pytest.mark.parametrize("offset", [19_800, -5 * HOUR, 14 * HOUR])
def test_local_days_are_shifted_utc_days_with_corrections(offset):
    start = 10 * D - offset
    assert planned(start - 900, start + 9 * D, D, offset) == (
        Span(QUARTER, start - 900, start),
        Span(DAY, 10 * D, 19 * D, offset),
        Span(QUARTER, 10 * D, 19 * D, offset),
    )


def test_unsettled_days_are_read_from_quarters():
    found = plan([Segment(10 * D, 20 * D, -HOUR)], D, kept={}, settled=18 * D + 7)
    assert found[-1] == Span(QUARTER, 18 * D + HOUR, 20 * D)
    assert found[-2] == Span(QUARTER, 10 * D, 18 * D, -HOUR)


def test_what_is_not_kept_is_not_set_off():
    kept = {QUARTER: 11 * D, DAY: 0}
    found = planned(12 * D, 20 * D, D, HOUR, kept)
    assert [span for span in found if span.offset] == [
        Span(DAY, 13 * D, 20 * D, HOUR),
        Span(QUARTER, 13 * D, 20 * D, HOUR),
    ]
    kept[QUARTER] = 12 * D + 1
    assert not any(span.offset for span in planned(12 * D + 900, 20 * D, D, HOUR, kept))


OFFSETS = st.integers(-48, 56).filter(bool).map(lambda quarters: quarters * 900)


@given(OFFSETS, st.integers(0, 400), st.integers(400, 1400), st.data())
def test_set_off_every_moment_counts_once_in_its_local_day(offset, first, length, data):
    start, end = first * 900, (first + length) * 900
    found = planned(start, end, D, offset)
    moment = data.draw(st.integers(start, end - 1)) // 900 * 900
    counted: dict[int, int] = {}
    for span in found:
        for day, sign in counts_of(span, moment, offset):
            counted[day] = counted.get(day, 0) + sign
    assert {day: n for day, n in counted.items() if n} == {(moment + offset) // D: 1}


def counts_of(span, moment, offset):
    """In which local days, and how often, a row of a quarter of an hour counts."""
    if not span.offset:
        return [((moment + offset) // D, 1)] if span.start <= moment < span.end else []
    if span.tier is DAY:
        return [(moment // D, 1)] if span.start <= moment // D * D < span.end else []
    low, high, less, more, length = corrections(span)
    if not low <= moment % D < high:
        return []
    minus = [(moment // D, -1)] if less <= moment < less + length else []
    return minus + ([((moment + span.offset) // D, 1)] if more <= moment < more + length else [])
