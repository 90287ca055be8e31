"""Campaigns: what the figures mean, and that every method meets the same world."""

from dataclasses import dataclass

import numpy as np
import pytest

from optimization.bench.play import play
from optimization.bench.policies.counting import (
    BetaThompson,
    EpsilonGreedy,
    Uniform,
    equal,
    unravel,
)
from optimization.bench.policy import Share
from tests.optimization.bench.worlds import ENCODER, world


@dataclass
class Fixed:
    """Serves one combination for ever."""

    position: int

    def choose(self, seen, rng):
        values = unravel(np.array([self.position]), seen.sizes)
        return tuple(equal(values) for _ in range(seen.segments))

    def recommend(self, seen, rng):
        return tuple(
            unravel(np.array([self.position]), seen.sizes)[0] for _ in range(seen.segments)
        )


@dataclass
class Sure:
    """Says with every share that its rate lies in an interval."""

    low: float
    high: float

    def choose(self, seen, rng):
        values = unravel(np.arange(4), seen.sizes)
        ends = (np.full(4, self.low), np.full(4, self.high))
        return (Share(values, np.full(4, 0.25), ends, (self.low, self.high)),)

    def recommend(self, seen, rng):
        return (np.zeros(len(seen.sizes), np.int64),)


def test_the_oracle_captures_everything():
    truth = world()
    best = int(truth.log_odds(0).argmax())
    campaign = play(truth, Fixed(best), 0, ENCODER)
    assert campaign.captured == pytest.approx(1.0)
    assert campaign.rec == pytest.approx(1.0)
    assert campaign.last5 == pytest.approx(1.0)


def test_chance_captures_nothing():
    found = [play(world(seed), Uniform(), seed, ENCODER).captured for seed in range(12)]
    assert abs(np.mean(found)) < 0.05


def test_greed_captures_something():
    found = [play(world(seed), EpsilonGreedy(), seed, ENCODER).captured for seed in range(4)]
    assert 0.05 < np.mean(found) < 0.4


@pytest.mark.parametrize("policy", [Uniform, BetaThompson, EpsilonGreedy])
def test_a_policy_that_serves_four_segments(policy):
    campaign = play(world(name="S6", rounds=3), policy(), 0, ENCODER)
    assert len(campaign.rounds) == 3


def test_the_same_seed_gives_the_same_campaign():
    first, second = (play(world(), EpsilonGreedy(), 0, ENCODER) for _ in range(2))
    assert first.rounds == second.rounds


def test_intervals_are_counted():
    sure = play(world(rounds=5), Sure(0.0, 1.0), 0, ENCODER)
    wrong = play(world(rounds=5), Sure(0.9, 1.0), 0, ENCODER)
    assert (sure.whole.covered, sure.whole.intervals) == (5, 5)
    assert (sure.arms.covered, sure.arms.intervals) == (20, 20)
    assert wrong.whole.covered == wrong.arms.covered == 0
