"""Candidates and the batches made of them."""

import numpy as np
import pytest

from optimization import masks, propose
from optimization.problem import NothingAllowed, Plan
from tests.optimization.enumerated import Enumerated
from tests.optimization.problems import every, grid

SIZES = (4, 3, 5)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def space():
    rule = np.zeros((4, 3), dtype=bool)
    rule[1, 1] = True
    return grid(SIZES, {(0, 1): rule}, banned=[(0, 0, 0)])


@pytest.fixture
def beliefs():
    samples = np.random.default_rng(2).normal(size=(60, 100)).astype(np.float32)
    values = every(SIZES)
    return Enumerated(SIZES, values, (samples,), (samples.mean(axis=1).astype(float),))


@pytest.fixture
def pool(beliefs, space, rng):
    plan = Plan(pinned=((3, 2, 4), (0, 0, 0), (3, 2, 4), (2, 1, 0)), served=(((3, 0, 1),),))
    return propose.pool(beliefs, 0, space, plan, rng)


def test_candidates_are_allowed_and_each_is_there_once(pool, space):
    assert masks.allows(space, pool.values).all()
    assert len(np.unique(pool.values, axis=0)) == len(pool.values) == len(masks.listed(space))


def test_every_sample_votes(pool):
    assert pool.votes.sum() == 100


def test_what_is_pinned_and_allowed_is_pinned_once(pool):
    assert pool.values[pool.pinned].tolist() == [[3, 2, 4], [2, 1, 0]]
    assert pool.values[pool.served].tolist() == [[3, 0, 1]]


def test_edits_change_one_component_at_most(pool):
    changed = pool.values[pool.edits] != pool.values[pool.sources][:, None, :]
    assert changed.sum(axis=2).max() == 1


@pytest.mark.parametrize("q", [2, 3, 8])
def test_batches_hold_the_pinned_and_nothing_twice(pool, rng, q):
    means = rng.normal(size=len(pool.values))
    batches = propose.batches(pool, means, q, rng)
    assert (batches[:, :2] == pool.pinned).all()
    assert all(len(set(batch)) == q for batch in batches.tolist())
    assert len(batches) >= propose.SAMPLED_BATCHES


def test_more_pinned_than_the_batch_holds_all_serve(pool, rng):
    means = rng.normal(size=len(pool.values))
    assert propose.by_votes(pool, means, 1).tolist() == pool.pinned.tolist()
    assert (propose.batches(pool, means, 1, rng) == pool.pinned).all()


def test_the_most_often_best_come_first(pool):
    means = np.zeros(len(pool.values))
    rows = propose.by_votes(pool, means, 6)[2:]
    others = np.delete(pool.votes, pool.pinned)
    assert pool.votes[rows].tolist() == np.sort(others)[::-1][:4].tolist()


def test_dropped_rows_are_gone_everywhere_but_where_pinned(pool):
    dropped = np.array([*pool.pinned[:1], *np.flatnonzero(pool.votes)[:3]])
    less = propose.without(pool, dropped)
    gone = np.setdiff1d(dropped, pool.pinned)
    assert len(less.values) == len(pool.values) - len(gone)
    assert less.values[less.pinned].tolist() == pool.values[pool.pinned].tolist()
    left = set(map(tuple, less.values.tolist()))
    assert not left & set(map(tuple, pool.values[gone].tolist()))
    assert less.edits.min() >= 0
    assert (np.abs(less.values[less.edits] - less.values[less.sources][:, None]) > 0).sum() > 0


def test_the_first_batch_spreads_the_values_of_each_component(rng):
    rows = propose.first(grid((8, 8)), (), 8, (None, None), rng)
    assert all(sorted(column) == list(range(8)) for column in rows.T.tolist())


def test_the_first_batch_keeps_the_rules_and_the_pinned(space, rng):
    for _ in range(20):
        rows = propose.first(space, ((3, 2, 4), (0, 0, 0)), 8, (None,) * 3, rng)
        assert masks.allows(space, rows).all()
        assert len(np.unique(rows, axis=0)) == 8
        assert rows[0].tolist() == [3, 2, 4]


def test_a_content_prior_narrows_the_first_batch(rng):
    expected = np.array([5.0, 0.0] * 10)
    rows = propose.first(grid((20, 20)), (), 8, (expected, None), rng)
    assert (rows[:, 0] % 2 == 0).all()


def test_a_first_batch_without_anything_allowed_is_said(rng):
    space = grid((2, 2), {(0, 1): np.ones((2, 2), dtype=bool)})
    with pytest.raises(NothingAllowed):
        propose.first(space, (), 8, (None, None), rng)


@pytest.mark.parametrize(
    ("sizes", "q"), [((3, 3), 8), ((5, 10), 20), ((100, 5), 32), ((2,) * 12, 8)]
)
def test_q_follows_the_largest_component(sizes, q):
    assert propose.size(Plan(), grid(sizes)) == q
    assert propose.size(Plan(q=5), grid(sizes)) == 5
