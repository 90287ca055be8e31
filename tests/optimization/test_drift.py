"""How fast counts grow old."""

import numpy as np
import pytest

from optimization.drift import discount
from optimization.engines.tab.laplace import sigmoid
from optimization.problem import Texts
from tests.optimization.problems import counts, every

SIZES = (6, 6)
UNKNOWN = Texts((None, None), (None, None))


def history(phi, rounds=10, trials=4000, seed=0):
    """Rounds of a world whose main effects follow an AR(1) process."""
    rng = np.random.default_rng(seed)
    mains, found = [rng.normal(0, 0.4, 6) for _ in SIZES], []
    for _ in range(rounds):
        values = every(SIZES)[rng.choice(36, 12, replace=False)]
        odds = -3.5 + mains[0][values[:, 0]] + mains[1][values[:, 1]]
        found.append(counts(values, [trials] * 12, rng.binomial(trials, sigmoid(odds))))
        mains = [phi * m + np.sqrt(1 - phi**2) * rng.normal(0, 0.4, 6) for m in mains]
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_world_that_stands_still_is_not_forgotten(seed):
    assert discount(history(1.0, seed=seed), SIZES, 1, UNKNOWN) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_a_world_that_changes_is(seed):
    assert discount(history(0.7, seed=seed), SIZES, 1, UNKNOWN) == 0.75


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_a_short_history_is_kept(rounds):
    assert discount(history(0.7)[:rounds], SIZES, 1, UNKNOWN) == 1.0


def test_rounds_with_nothing_in_them_change_nothing():
    empty = counts(np.empty((0, 2)), [], [])
    assert discount([empty] * 5, SIZES, 1, UNKNOWN) == 1.0
