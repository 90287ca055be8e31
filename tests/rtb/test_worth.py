"""What an impression is worth: bids and goals, multiplied."""

from hypothesis import given
from hypothesis import strategies as st

from rtb.worth import LEVELS, build

AMOUNTS = st.lists(st.integers(0, 50_000_000) | st.integers(0, 20), max_size=400)


@given(AMOUNTS, st.integers(0, 60_000_000) | st.integers(0, 25))
def test_no_ad_that_reaches_the_floor_is_lost(amounts, floor):
    found = build(amounts).reaching(floor)
    assert found < 1 << len(amounts)
    assert all(found >> n & 1 for n, amount in enumerate(amounts) if amount >= floor)


@given(st.lists(st.integers(0, LEVELS - 1), min_size=1, max_size=300), st.integers(0, LEVELS))
def test_with_few_amounts_it_is_exact(amounts, floor):
    least = min(amounts)
    found = build(amounts).reaching(floor)
    level = max((each for each in amounts if each <= floor), default=least)
    assert found == sum(1 << n for n, amount in enumerate(amounts) if amount >= level)


def test_levels_are_few_however_many_amounts_there_are():
    built = build(range(10_000))
    assert len(built.levels) <= LEVELS
    assert built.reaching(9_990).bit_count() < 10_000 / 50
