"""From beliefs to the batch that serves."""

import math

import numpy as np
import pytest

from optimization import choose, masks
from optimization.problem import NothingAllowed, Plan
from tests.optimization.enumerated import Enumerated
from tests.optimization.problems import every, grid

SIZES = (4, 3, 5)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def beliefs(spread=0.3):
    """The first value of the first component is good, its last is bad."""
    values = every(SIZES)
    level = -4.5 + np.array([0.8, 0.0, 0.0, -1.5])[values[:, 0]]
    noise = np.random.default_rng(1).normal(0, spread, (len(values), 200))
    return Enumerated(SIZES, values, ((level[:, None] + noise).astype(np.float32),), (level,))


def test_what_is_best_gets_most_and_weights_sum_to_one(rng):
    batch = choose.batch(beliefs(), 0, grid(SIZES), Plan(served=(((1, 0, 0),),)), rng)
    weights = [arm.weight for arm in batch.arms]
    assert math.fsum(weights) == 1
    assert weights == sorted(weights, reverse=True)
    assert all(arm.combination[0] == 0 for arm in batch.arms)
    assert batch.proposals > 5000


def test_the_rate_of_the_batch_is_that_of_its_arms_at_their_weights(rng):
    batch = choose.batch(beliefs(), 0, grid(SIZES), Plan(), rng)
    expected = sum(arm.weight * arm.rate for arm in batch.arms)
    assert batch.rate.mean == pytest.approx(expected, rel=1e-5)
    assert batch.rate.low < batch.rate.mean < batch.rate.high
    assert all(arm.low < arm.rate < arm.high for arm in batch.arms)


def test_towards_an_end_date_less_is_spread_and_one_may_have_nearly_all(rng):
    values = np.array([[0, 0, 0], [1, 0, 0], [3, 0, 0]])
    open_ended, _ = choose.served(beliefs(spread=0.4), 0, values, Plan())
    last_day, _ = choose.served(beliefs(spread=0.4), 0, values, Plan(gamma=5.0))
    assert 0.7 < open_ended[0].weight < 0.8
    assert last_day[0].weight > 0.9
    assert 0.05 / 3 < last_day[-1].weight < open_ended[-1].weight


def test_pinned_arms_are_in_whatever_is_known_of_them(rng):
    batch = choose.batch(beliefs(), 0, grid(SIZES), Plan(pinned=((3, 0, 0),)), rng)
    assert (3, 0, 0) in {arm.combination for arm in batch.arms}


def test_a_pinned_arm_that_a_rule_forbids_is_not_in(rng):
    space = grid(SIZES, banned=[(3, 0, 0)])
    batch = choose.batch(beliefs(), 0, space, Plan(pinned=((3, 0, 0),)), rng)
    assert (3, 0, 0) not in {arm.combination for arm in batch.arms}


def test_what_is_clearly_worse_than_the_control_is_dropped(rng):
    plan = Plan(q=60, control=(1, 0, 0))
    arms = choose.batch(beliefs(spread=0.1), 0, grid(SIZES), plan, rng).arms
    assert len(arms) == 45
    assert all(arm.combination[0] != 3 for arm in arms)


@pytest.mark.parametrize("control", [(9, 9, 9), (1,), ()])
def test_a_control_that_is_gone_drops_nothing(rng, control):
    plan = Plan(q=60, control=control)
    assert len(choose.batch(beliefs(), 0, grid(SIZES), plan, rng).arms) == 60


def test_fewer_combinations_than_the_batch_holds_all_serve(rng):
    usable = (np.array([True, False, False, False]), np.ones(3, bool), np.arange(5) == 2)
    batch = choose.batch(beliefs(), 0, grid(SIZES, usable=usable), Plan(), rng)
    assert {arm.combination for arm in batch.arms} == {(0, v, 2) for v in range(3)}


def test_one_arm_gets_everything(rng):
    usable = (np.arange(4) == 3, np.arange(3) == 0, np.arange(5) == 2)
    arms = choose.batch(beliefs(), 0, grid(SIZES, usable=usable), Plan(goal="learn"), rng).arms
    assert [(arm.combination, arm.weight, arm.best) for arm in arms] == [((3, 0, 2), 1.0, 1.0)]


def test_all_equal_arms_share_equally(rng):
    flat = np.zeros((60, 50), dtype=np.float32)
    same = Enumerated(SIZES, every(SIZES), (flat,), (np.zeros(60),))
    arms = choose.batch(same, 0, grid(SIZES), Plan(q=8), rng).arms
    assert [arm.weight for arm in arms] == pytest.approx([1 / 8] * 8)


def test_nothing_allowed_is_said(rng):
    space = grid(SIZES, {(0, 1): np.ones((4, 3), dtype=bool)})
    with pytest.raises(NothingAllowed):
        choose.batch(beliefs(), 0, space, Plan(), rng)


def test_the_first_batch_is_split_evenly(rng):
    batch = choose.first(beliefs(), 0, grid(SIZES), Plan(q=8), expected=(None,) * 3, rng=rng)
    assert [arm.weight for arm in batch.arms] == pytest.approx([1 / 8] * 8)
    rows = np.array([arm.combination for arm in batch.arms])
    assert masks.allows(grid(SIZES), rows).all()


def test_beliefs_about_a_list_know_nothing_else():
    half = Enumerated(SIZES, every(SIZES)[:30], (np.zeros((30, 2), np.float32),), (np.zeros(30),))
    with pytest.raises(KeyError):
        half.at(np.array([[3, 2, 4]]), 0)
