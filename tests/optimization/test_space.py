"""The space of combinations: positions and ad_ids are bijections, rules hold."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.space import Space, format_ad_id, parse_ad_id


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    ids = iter(range(1, 100))
    columns = tuple(tuple(next(ids) for _ in range(size)) for size in sizes)
    pairs = [(a, b) for i, x in enumerate(columns) for y in columns[i + 1 :] for a in x for b in y]
    banned = draw(st.lists(st.sampled_from(pairs), max_size=4)) if pairs else []
    needed = draw(st.lists(st.sampled_from(pairs), max_size=2)) if pairs else []
    both = frozenset(p for a, b in banned for p in ((a, b), (b, a)))
    return Space(columns, both, {a: frozenset({b}) for a, b in needed})


@given(space=spaces())
def test_every_position_is_one_combination_and_back(space):
    seen = {space.combination(position) for position in range(space.size)}
    assert len(seen) == space.size
    assert {space.position(combination) for combination in seen} == set(range(space.size))


@given(space=spaces(), seed=st.integers())
def test_a_drawn_combination_is_always_allowed(space, seed):
    drawn = space.draw(Random(seed))
    allowed = list(space.valid())
    assert (drawn is None) == (not allowed)
    assert drawn is None or drawn in allowed


@given(space=spaces())
def test_what_is_listed_as_valid_is_what_is_allowed(space):
    everything = [space.combination(position) for position in range(space.size)]
    assert list(space.valid()) == [c for c in everything if space.allows(c)]


def test_drawing_is_uniform_over_what_rules_allow():
    space = Space(((1, 2), (3, 4)), frozenset({(1, 3), (3, 1)}))
    rng = Random(1)
    counts = dict.fromkeys(space.valid(), 0)
    for _ in range(3000):
        drawn = space.draw(rng)
        assert drawn
        counts[drawn] += 1
    assert all(900 < count < 1100 for count in counts.values())


@given(ids=st.lists(st.integers(1, 10**17), min_size=1, max_size=12).map(tuple))
def test_an_ad_id_reads_back(ids):
    assert parse_ad_id(format_ad_id(ids)) == ids


@pytest.mark.parametrize("text", ["", "-", "1-", "-1", "a", "1--2", "1 2", "01", "٣", "9" * 600])
def test_what_is_no_ad_id_is_none(text):
    assert parse_ad_id(text) is None


def test_a_component_without_active_assets_leaves_nothing():
    space = Space(((1, 2), ()))
    assert space.size == 0
    assert space.draw(Random(1)) is None
    assert list(space.valid()) == []


def test_a_position_outside_raises():
    with pytest.raises(IndexError):
        Space(((1, 2),)).combination(2)


def test_an_inactive_asset_is_not_allowed():
    assert not Space(((1,), (3,))).allows((2, 3))
    assert not Space(((1,), (3,))).allows((1,))


@given(space=spaces(), data=st.data())
def test_the_count_of_what_is_allowed_is_exact(space, data):
    valid = list(space.valid())
    banned = data.draw(st.lists(st.sampled_from(valid), max_size=3)) if valid else []
    banned += [(99,) * len(space.assets)]
    restricted = Space(space.assets, space.excluded, space.required, frozenset(banned))
    assert restricted.allowed == len(list(restricted.valid()))


def test_a_billion_combinations_are_counted_without_listing_them():
    columns = tuple(tuple(range(1000 * c + 1, 1000 * c + 1001)) for c in range(3))
    pair = (columns[0][0], columns[1][0])
    space = Space(columns, frozenset({pair, pair[::-1]}))
    assert Space(columns).allowed == 10**9
    assert space.allowed == pytest.approx(10**9 - 1000, rel=0.01)
