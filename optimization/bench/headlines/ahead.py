"""Traffic by looking ahead: what a split earns now, and what it lets later ones earn (pure).

The knowledge gradient with the horizon counted in (Frazier and Powell, "Paradoxes in learning and
the marginal value of information", 2010): a split is tried for so many batches, then everything
goes to what the posterior mean is expected to like best. Tried against P(best)^gamma.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from optimization.bench.headlines.arms import (
    Beliefs,
    State,
    believe,
    chance_best,
    draws,
    sharpened,
)
from optimization.problem import Floats

GAMMAS = (1, 2, 4, 8, 64)
SPREADS = (0.0, 0.3)  # equal traffic mixed in
BATCHES = (1, 2, 3, 5)  # for which a split may be kept
NORMALS = 48
UNTRIED = 1e9  # noise variance of an arm without traffic
LEAST = 0.5  # impressions a batch below which an arm has none


@dataclass(frozen=True, slots=True)
class Ahead:
    """Of every split the one whose total over the batches that are left is largest."""

    with_prior: bool = False
    sd: float = 0.22
    tau: float = 0.10

    def __call__(self, state: State, rng: np.random.Generator) -> Floats:
        beliefs = believe(state, state.expected * self.with_prior, self.sd, self.tau)
        chances = chance_best(draws(beliefs, state.there, rng))
        normals = rng.normal(size=(NORMALS, state.there.shape[1]))
        normals = np.vstack((normals, -normals))
        best = np.full(len(chances), -np.inf)
        chosen = np.zeros_like(chances)
        for split in _splits(state, chances):
            for value in self._values(state, beliefs, split, normals):
                better = value > best
                best = np.where(better, value, best)
                chosen[better] = split[better]
        shares: Floats = chosen / chosen.sum(axis=1, keepdims=True)
        return shares

    def _values(
        self, state: State, beliefs: Beliefs, split: Floats, normals: Floats
    ) -> Iterator[Floats]:
        """Log-odds summed over the batches that are left, ``(T,)``, per time it is kept."""
        left = state.horizon - state.played
        now = (split * np.where(state.there, beliefs.mean, 0)).sum(axis=1)
        yield left * now
        for kept in BATCHES:
            if kept < left:
                noise = self._noise(state, beliefs, split, kept)
                yield kept * now + (left - kept) * _best_later(state, beliefs, noise, normals)

    def _noise(self, state: State, beliefs: Beliefs, split: Floats, kept: int) -> Floats:
        """Variance with which ``kept`` batches would show each arm's log-odds, ``(T, A)``."""
        shown = split * state.visitors[:, None] * kept
        rate = expit(beliefs.mean)
        known = 1 / np.maximum(shown * rate * (1 - rate), 1e-9) + self.tau**2 / kept
        return np.where(shown > LEAST * kept, known, UNTRIED)


def _splits(state: State, chances: Floats) -> Iterator[Floats]:
    even = state.there / state.there.sum(axis=1, keepdims=True)
    yield even
    for gamma in GAMMAS:
        for spread in SPREADS:
            yield (1 - spread) * sharpened(chances, gamma) + spread * even


def _best_later(state: State, beliefs: Beliefs, noise: Floats, normals: Floats) -> Floats:
    """The expected largest posterior mean after such observations, ``(T,)``."""
    before = beliefs.covariance
    seen = before + noise[:, :, None] * np.eye(noise.shape[1])
    values, vectors = np.linalg.eigh(before @ np.linalg.solve(seen, before))
    root = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    means = beliefs.mean[:, None, :] + normals @ root.swapaxes(1, 2)
    largest: Floats = np.where(state.there[:, None, :], means, -np.inf).max(axis=2).mean(axis=1)
    return largest
