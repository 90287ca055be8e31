"""The ``tab`` model of one component, for many small tests at once (pure).

The formulas of engines/tab with matrices stacked over tests, as a thousand tests times ten batches
are too many to fit one by one; a test holds the two to each other.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from optimization.problem import Bools, Floats

STEPS = 12
LEAST_WEIGHT = 1e-9
DRAWS = 400


@dataclass(frozen=True, slots=True)
class State:
    """What has been seen of every test, ``(T, A)`` each."""

    there: Bools
    trials: Floats
    successes: Floats
    rounds: Floats
    played: int
    horizon: int
    expected: Floats  # the content prior's mean, log-odds
    visitors: Floats  # (T,) a batch


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Log-odds, normal, jointly per test."""

    mean: Floats  # (T, A)
    covariance: Floats  # (T, A, A)


def believe(state: State, offset: Floats, sd: float, tau: float) -> Beliefs:
    """Laplace posterior with prior covariance sd^2 I + 1 around the pooled rate and ``offset``."""
    size = state.there.shape[1]
    prior = np.full((len(state.there), size, size), 1.0) + sd**2 * np.eye(size)
    middle = _pooled(state)[:, None] + offset
    extra = tau**2 / np.maximum(state.rounds, 1)
    g = middle.copy()
    for _ in range(STEPS):
        p = expit(g)
        weight = np.maximum(state.trials * p * (1 - p), LEAST_WEIGHT)
        z = g + (state.successes - state.trials * p) / weight
        noisy = prior + (1 / weight + extra)[:, :, None] * np.eye(size)
        alpha = np.linalg.solve(noisy, (z - middle)[:, :, None])
        f = middle + (prior @ alpha)[:, :, 0]
        g = f + extra * alpha[:, :, 0]
    return Beliefs(f, prior - prior @ np.linalg.solve(noisy, prior))


def _pooled(state: State) -> Floats:
    successes, trials = state.successes.sum(axis=1), state.trials.sum(axis=1)
    return np.log((successes + 0.5) / (trials - successes + 0.5))  # type: ignore[no-any-return]


def draws(beliefs: Beliefs, there: Bools, rng: np.random.Generator, many: int = DRAWS) -> Floats:
    """Joint samples ``(T, many, A)``; padding is never the best."""
    values, vectors = np.linalg.eigh(beliefs.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    normals = rng.normal(size=(len(there), many, there.shape[1]))
    sampled = beliefs.mean[:, None, :] + normals @ root.swapaxes(1, 2)
    return np.where(there[:, None, :], sampled, -np.inf)


def chance_best(samples: Floats) -> Floats:
    """Share of samples in which each arm is the largest, ``(T, A)``."""
    winners = samples.argmax(axis=2)
    return (winners[:, :, None] == np.arange(samples.shape[2])).mean(axis=1)  # type: ignore[no-any-return]


def sharpened(chances: Floats, gamma: float) -> Floats:
    """P^gamma / sum P^gamma."""
    raised = chances**gamma
    return raised / raised.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
