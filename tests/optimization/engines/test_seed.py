"""The seed's method as an engine: any grid, clear errors, and the seed's own steps."""

import numpy as np
import pytest

from optimization.engines.seed import SeedEngine
from optimization.problem import Counts, Grid, NothingAllowed, Plan, Problem, Texts

SIZES = (4, 3, 5)


def _grid(sizes=SIZES, **changes) -> Grid:
    return Grid(sizes, tuple(np.ones(size, bool) for size in sizes), **changes)


def _problem(sizes=SIZES, rows=12, segments=1, seed=0, rate=0.05) -> Problem:
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.integers(size, size=rows) for size in sizes])
    trials = np.full(rows, 500.0)
    counts = Counts(
        values, rng.integers(segments, size=rows), trials,
        rng.binomial(500, rate, rows).astype(float), np.ones(rows),
    )  # fmt: skip
    nothing = (None,) * len(sizes)
    return Problem(sizes, segments, counts, Texts(nothing, nothing))


def _learn(problem, grid=None, plan=Plan(q=4), batches=50):  # noqa: B008
    engine = SeedEngine(batches=batches)
    return engine.learn(problem, grid or _grid(problem.sizes), plan, np.random.default_rng(1))


def test_the_batch_is_served_in_equal_shares():
    (arms,) = _learn(_problem()).batches
    assert [arm.weight for arm in arms] == [0.25] * 4
    assert len({arm.combination for arm in arms}) == 4
    assert all(arm.low <= arm.rate <= arm.high for arm in arms)


def test_each_segment_has_its_own_batch():
    assert len(_learn(_problem(segments=3, rows=40)).batches) == 3


def test_before_any_impression_ads_are_random():
    (arms,) = _learn(_problem(rows=0)).batches
    assert len(arms) == 4
    assert {(arm.rate, arm.low, arm.high) for arm in arms} == {(0.0, 0.0, 1.0)}


def test_it_serves_nothing_that_is_forbidden_banned_or_unusable():
    usable = (np.array([True, True, False, True]), np.ones(3, bool), np.ones(5, bool))
    rule = np.zeros((4, 3), bool)
    rule[0] = True
    grid = Grid(SIZES, usable, {(0, 1): rule}, frozenset({(1, 1, 1)}))
    (arms,) = _learn(_problem(), grid, Plan(q=20)).batches
    served = [arm.combination for arm in arms]
    assert len(served) == 20
    assert {first for first, _, _ in served} <= {1, 3}
    assert (1, 1, 1) not in served


def test_where_nothing_may_serve_it_says_so():
    none = Grid((2, 2), (np.zeros(2, bool), np.ones(2, bool)))
    with pytest.raises(NothingAllowed):
        _learn(_problem(sizes=(2, 2)), none)


def test_fewer_combinations_than_slots_are_all_served():
    (arms,) = _learn(_problem(sizes=(2, 1), rows=3), plan=Plan(q=8)).batches
    assert sorted(arm.combination for arm in arms) == [(0, 0), (1, 0)]


def test_pinned_combinations_stay():
    (arms,) = _learn(_problem(), plan=Plan(q=4, pinned=((3, 2, 4),))).batches
    assert (3, 2, 4) in [arm.combination for arm in arms]
    assert len(arms) == 4


def test_a_thousand_million_combinations_are_drawn_from():
    (arms,) = _learn(_problem(sizes=(1000, 1000, 1000)), batches=20).batches
    assert len(arms) == 4


def test_no_click_at_all_gives_a_batch():
    (arms,) = _learn(_problem(rate=0.0)).batches
    assert len(arms) == 4


def test_the_largest_prediction_is_what_it_would_go_on_with():
    """Value 2 of the first component earns twice what the others do."""
    values = np.array([[a, b, c] for a in range(4) for b in range(3) for c in range(5)])
    clicks = np.where(values[:, 0] == 2, 100.0, 50.0)
    counts = Counts(values, np.zeros(60, np.int64), np.full(60, 1000.0), clicks, np.ones(60))
    problem = Problem(SIZES, 1, counts, Texts((None,) * 3, (None,) * 3))
    (best,) = SeedEngine().top(problem, _grid(), np.random.default_rng(0))
    assert best[0] == 2


def test_embeddings_of_concatenated_texts_are_used_where_given():
    asked = []

    def literal(values):
        asked.append(len(values))
        return values.astype(float)

    engine = SeedEngine(literal, batches=20)
    engine.learn(_problem(), _grid(), Plan(q=4), np.random.default_rng(0))
    assert asked[0] == 12
