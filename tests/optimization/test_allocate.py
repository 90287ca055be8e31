"""Traffic inside a batch."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from optimization import allocate

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda each: max(each) > 1e-6)
RULES = st.fixed_dictionaries(
    {"floor": st.floats(0, 1), "cap": st.floats(0.05, 1), "uniform": st.floats(0, 1)}
)
GAMMA = st.floats(1, 5)


def normal(chances):
    return np.array(chances) / sum(chances)


@given(CHANCES, GAMMA, RULES)
def test_propensities_sum_to_one_exactly(chances, gamma, rules):
    weights = allocate.shares(normal(chances), gamma, **rules)
    assert math.fsum(weights) == 1
    assert (weights >= 0).all()


@given(CHANCES, GAMMA, st.floats(0, 1), st.floats(0, 1))
def test_every_arm_has_the_floor_and_the_slice(chances, gamma, floor, uniform):
    weights = allocate.shares(normal(chances), gamma, floor=floor, cap=1, uniform=uniform)
    least = ((1 - uniform) * floor + uniform) / len(chances)
    assert weights.min() >= least - 1e-9


@given(CHANCES, GAMMA, RULES)
def test_nobody_is_above_the_cap_who_is_not_sure(chances, gamma, rules):
    best = normal(chances)
    assume(best.max() <= allocate.SURE)
    weights = allocate.shares(best, gamma, **rules)
    cap = max(rules["cap"], 1 / len(best))
    assert weights.max() <= (1 - rules["uniform"]) * cap + rules["uniform"] / len(best) + 1e-9


@given(CHANCES, GAMMA, RULES, st.randoms())
def test_the_order_of_arms_does_not_matter(chances, gamma, rules, random):
    order = list(range(len(chances)))
    random.shuffle(order)
    straight = allocate.shares(normal(chances), gamma, **rules)
    mixed = allocate.shares(normal(chances)[order], gamma, **rules)
    assert mixed == pytest.approx(straight[order], abs=1e-9)


@given(CHANCES, GAMMA)
def test_a_better_chance_never_gets_less(chances, gamma):
    best = normal(chances)
    weights = allocate.shares(best, gamma)
    order = np.argsort(best)
    assert (np.diff(weights[order]) >= -1e-9).all()


def test_one_that_is_surely_best_may_have_everything():
    weights = allocate.shares(np.array([0.98, 0.02]), floor=0, cap=0.8, uniform=0)
    assert weights[0] == pytest.approx(0.98)


def test_gamma_sharpens():
    best = np.array([0.5, 0.3, 0.2])
    assert allocate.shares(best, 5)[0] > allocate.shares(best, 1)[0] + 0.2


def test_every_sample_votes_and_ties_are_split():
    utilities = np.array([[1.0, 0.0, 2.0], [1.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    assert allocate.chances(utilities) == pytest.approx([0.5, 0.5, 0.0])


def test_what_is_clearly_below_the_control_is_dropped():
    rng = np.random.default_rng(0)
    rates = 0.01 * np.exp(rng.normal(0, 0.05, (3, 500)) + np.log([[0.5], [0.7], [1.0]]))
    control = 0.01 * np.exp(rng.normal(0, 0.05, 500))
    assert allocate.clearly_worse(rates, control).tolist() == [True, False, False]


@given(st.floats(0, 1), st.floats(-1, 2))
def test_until_an_end_date_the_cap_rises_to_everything(cap, part):
    gamma = allocate.gamma_at(part)
    assert 1 <= gamma <= allocate.END_GAMMA
    assert cap - 1e-9 <= allocate.cap_at(cap, gamma) <= 1
    assert allocate.cap_at(cap, allocate.gamma_at(0)) == cap
    assert allocate.cap_at(cap, allocate.gamma_at(1)) == pytest.approx(1)
