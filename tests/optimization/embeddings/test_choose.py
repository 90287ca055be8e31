"""Which combinations are embedded literally."""

from hypothesis import given
from hypothesis import strategies as st

from optimization.embeddings.choose import chosen
from optimization.space import Space


def space(*sizes):
    return Space(tuple(tuple(range(c * 100 + 1, c * 100 + 1 + n)) for c, n in enumerate(sizes)))


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_under_the_cap_every_combination_comes_once(sizes):
    small = space(*sizes)
    assert list(chosen(small, small.size)) == list(small.valid())


@given(st.lists(st.integers(2, 9), min_size=2, max_size=5), st.integers(1, 60))
def test_over_the_cap_different_allowed_ones_come(sizes, cap):
    large = Space(space(*sizes).assets, excluded=frozenset({(1, 101), (101, 1)}))
    found = list(chosen(large, cap))
    assert len(set(found)) == len(found) <= cap
    assert all(map(large.allows, found))


def test_they_are_spread_over_a_space_of_a_billion():
    found = list(chosen(space(*[10] * 9), 500))
    assert len(found) == 500
    for column in zip(*found, strict=True):
        assert len(set(column)) == 10


def test_rules_that_leave_nothing_end_it():
    both = {(a, b) for a in range(1, 40) for b in range(101, 140)}
    none = Space(space(39, 39, 39).assets, excluded=frozenset(both | {(b, a) for a, b in both}))
    assert list(chosen(none, 20)) == []


def test_a_component_without_values_leaves_nothing():
    assert list(chosen(space(3, 0), 20)) == []
