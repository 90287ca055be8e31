"""The arithmetic of repairs: what is written and flows on leaves every tier right."""

from hypothesis import given
from hypothesis import strategies as st

from events.reconcile.differences import (
    Deltas,
    Difference,
    Spot,
    rolled_up,
    settled,
    signed,
    subtract,
    to_write,
    unsigned,
)
from events.reconcile.window import width
from events.tiers import DAY, DIMENSIONS, MEASURES, MINUTE, QUARTER

COUNTS = st.tuples(*[st.integers(-5, 5)] * len(MEASURES)).filter(any)


def deltas(tier):
    bucket = st.integers(0, 3 * 86_400 // tier.seconds).map(lambda number: number * tier.seconds)
    rest = (0,) * (len(DIMENSIONS) - 2)
    key = st.tuples(bucket, st.integers(1, 2)).map(lambda pair: (*pair, *rest, ""))
    return st.dictionaries(key, COUNTS, max_size=6)


def spots(tier, rows):
    found: dict = {}
    for key, counts in rows.items():
        spot = Spot(tier.table, key[0] - key[0] % width(tier), key[1])
        found.setdefault(spot, {})[key] = counts
    return found


@given(deltas(MINUTE), deltas(QUARTER), deltas(DAY))
def test_every_tier_receives_exactly_what_it_lacks(minutes, quarters, days):
    missing = spots(MINUTE, minutes) | spots(QUARTER, quarters) | spots(DAY, days)
    written = to_write(missing)
    nothing: dict = {}

    def negative(rows):
        return subtract(nothing, rows)

    in_quarters = subtract(written[QUARTER], negative(rolled_up(written[MINUTE], QUARTER)))
    in_days = subtract(written[DAY], negative(rolled_up(in_quarters, DAY)))
    assert written[MINUTE] == minutes
    assert in_quarters == quarters
    assert in_days == days


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_negative_count_survives_uint64(count):
    assert signed(unsigned(count)) == count


def test_only_what_two_looks_saw_alike_is_settled():
    one, other, third = (Spot(MINUTE.table, 0, tenant) for tenant in (1, 2, 3))
    rows: Deltas = {(0, 1): (1,)}
    changed: Deltas = {(0, 1): (2,)}
    first = {one: rows, other: rows, third: rows}
    second = {one: rows, other: changed, third: rows}
    assert settled(first, second, {third}) == {one: rows}


def test_a_difference_names_the_measures_that_differ():
    zeros = (0,) * len(MEASURES)
    ones = (1, *zeros[1:])
    spot = Spot(MINUTE.table, 0, 1)
    assert Difference(spot, ones, zeros, 1).measures() == [("impressions", 1, 0)]
    assert Difference(spot, ones, ones, 2).measures() == [("dimensions", 0, 2)]
