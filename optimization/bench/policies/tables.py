"""Policies on the component tables that are no engine: Thompson draws at fixed hyper-parameters.

Reference section 5.1: the Hill-style models (KDD'17: main and pair weights, Thompson sampling) and
TabGP with an equal split.
"""

from dataclasses import dataclass

import numpy as np

from optimization.bench.policies.counting import equal
from optimization.bench.policy import Seen, Share
from optimization.engines.tab.beliefs import TabBeliefs, believe
from optimization.engines.tab.covariance import shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import sample
from optimization.engines.tab.posterior import fit, mean
from optimization.engines.tab.rows import rows
from optimization.problem import Floats, Ints

DRAWS = 3  # per slot of the batch


@dataclass(frozen=True, slots=True)
class Prior:
    """Hyper-parameters, the same for every component."""

    main: float = 0.20
    pair: float = 0.07
    tau: float = 0.10
    embeddings: bool = False

    def hypers(self, components: int) -> Hypers:
        return Hypers(mains=(self.main,) * components, pair=self.pair, tau=self.tau)


@dataclass(frozen=True, slots=True)
class Thompson:
    """The first q distinct argmaxes of 3q joint samples, equal split."""

    prior: Prior

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        beliefs = self._beliefs(seen, DRAWS * seen.q, rng)
        return tuple(
            equal(_distinct(beliefs.argmax(segment, seen.grid, rng))[: seen.q])
            for segment in range(seen.segments)
        )

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        beliefs = self._beliefs(seen, 1, rng)
        return tuple(beliefs.top(segment, seen.grid, 1, rng)[0] for segment in range(seen.segments))

    def _beliefs(self, seen: Seen, many: int, rng: np.random.Generator) -> TabBeliefs:
        nothing: tuple[Floats | None, ...] = (None,) * len(seen.sizes)
        known = seen.texts.embeddings if self.prior.embeddings else nothing
        tables = shape(seen.sizes, seen.segments, known)
        data = rows(seen.counts(), nothing)
        found = fit(tables, self.prior.hypers(len(seen.sizes)), data)
        drawn = sample(found, many, rng), mean(found)
        return believe((found,), (drawn,), np.ones(seen.segments))


def _distinct(values: Ints) -> Ints:
    """Each row once, where it stood first."""
    return values[np.sort(np.unique(values, axis=0, return_index=True)[1])]
