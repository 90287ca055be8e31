"""What may serve: rules and bans, checked, counted, drawn and listed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization import masks
from optimization.problem import NothingAllowed
from optimization.space import Space
from tests.optimization.problems import every, grid

ASSETS = ((1, 2, 3), (4, 5), (6, 7, 8))
IDS = [asset for ids in ASSETS for asset in ids]
RNG = np.random.default_rng(0)


def named(values):
    return tuple(ids[v] for ids, v in zip(ASSETS, values, strict=True))


@given(
    active=st.sets(st.sampled_from(IDS)),
    excluded=st.sets(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=6),
    required=st.dictionaries(
        st.sampled_from(IDS), st.frozensets(st.sampled_from([*IDS, 99]), max_size=2), max_size=3
    ),
)
def test_it_allows_what_the_space_allows(active, excluded, required):
    columns = tuple(tuple(a for a in ids if a in active) for ids in ASSETS)
    both = frozenset(excluded | {(b, a) for a, b in excluded})
    space = Space(columns, both, required)
    built = masks.build(ASSETS, active, excluded, required)
    for row in every((3, 2, 3)):
        assert masks.allows(built, row[None, :])[0] == space.allows(named(row))


def test_a_banned_combination_may_not_serve():
    built = masks.build(ASSETS, IDS, banned=[(1, 4, 6), (1, 4, 99), (4, 1, 6)])
    left = set(map(tuple, masks.listed(built).tolist()))
    assert left == set(map(tuple, every((3, 2, 3)).tolist())) - {(0, 0, 0)}


def test_values_that_do_not_exist_may_not_serve():
    rows = np.array([[0, 0, 0], [-1, 0, 0], [3, 0, 0], [0, 2, 0]])
    assert masks.allows(masks.build(ASSETS, IDS), rows).tolist() == [True, False, False, False]


def test_draws_are_allowed_and_spread_evenly():
    space = masks.build(ASSETS, IDS, excluded=[(1, 4), (2, 7)])
    drawn = masks.draw(space, 20_000, RNG)
    assert masks.allows(space, drawn).all()
    _, found = np.unique(drawn, axis=0, return_counts=True)
    assert len(found) == len(masks.listed(space))
    assert found == pytest.approx(20_000 / len(found), rel=0.2)


def test_the_only_combination_that_rules_leave_is_found():
    only = np.ones((60, 60), dtype=bool)
    only[17, 42] = False
    space = grid((60,) * 6, {(c, c + 1): only if c % 2 == 0 else only.T for c in range(5)})
    assert set(map(tuple, masks.draw(space, 3, RNG).tolist())) == {(17, 42) * 3}


@pytest.mark.parametrize(
    "space",
    [
        grid((3, 3), {(0, 1): np.ones((3, 3), dtype=bool)}),
        grid((1, 1), banned=[(0, 0)]),
        grid((2, 2), usable=(np.zeros(2, dtype=bool), np.ones(2, dtype=bool))),
        masks.build([[], [1]], [1]),
        masks.build([], []),
    ],
)
def test_nothing_allowed_is_said(space):
    assert len(masks.listed(space)) == 0
    with pytest.raises(NothingAllowed):
        masks.draw(space, 1, RNG)
