"""Policies on the component tables that are no engine: Thompson draws, and votes of samples.

Reference section 5.1: the Hill-style models (KDD'17: main and pair weights, Thompson sampling),
TabGP with an equal split, and L5.
"""

from dataclasses import dataclass, field

import numpy as np

from optimization import allocate, propose
from optimization.bench.policies.counting import equal
from optimization.bench.policy import Seen, Share
from optimization.engines.tab.beliefs import TabBeliefs, believe
from optimization.engines.tab.covariance import shape
from optimization.engines.tab.engine import posterior
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import sample
from optimization.engines.tab.posterior import Posterior, fit, mean
from optimization.engines.tab.rows import rows
from optimization.problem import Floats, Ints, Plan

DRAWS = 3  # per slot of the batch
SAMPLES = 256


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
        return _tops(self._beliefs(seen, 1, rng), seen, rng)

    def _beliefs(self, seen: Seen, many: int, rng: np.random.Generator) -> TabBeliefs:
        nothing: tuple[Floats | None, ...] = (None,) * len(seen.sizes)
        known = seen.texts.embeddings if self.prior.embeddings else nothing
        tables = shape(seen.sizes, seen.segments, known)
        data = rows(seen.counts(), nothing)
        found = fit(tables, self.prior.hypers(len(seen.sizes)), data)
        return _drawn(found, seen, many, rng)


@dataclass(slots=True)
class Voted:
    """L5, the reference's best: what is most often the best, at its P(best), nothing spread."""

    hypers: dict[str, float] = field(default_factory=dict)

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        if not seen.played:
            first = propose.first(seen.grid, (), seen.q, (), rng)
            return tuple(equal(first) for _ in range(seen.segments))
        beliefs = self._beliefs(seen, SAMPLES, rng)
        return tuple(self._voted(beliefs, segment, seen, rng) for segment in range(seen.segments))

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        return _tops(self._beliefs(seen, 1, rng), seen, rng)

    def _voted(
        self, beliefs: TabBeliefs, segment: int, seen: Seen, rng: np.random.Generator
    ) -> Share:
        pool = propose.pool(beliefs, segment, seen.grid, Plan(), rng)
        means = beliefs.mean(pool.values, segment)
        values = pool.values[propose.by_votes(pool, means, seen.q)]
        return Share(values, allocate.chances(beliefs.at(values, segment)))

    def _beliefs(self, seen: Seen, many: int, rng: np.random.Generator) -> TabBeliefs:
        problem = seen.problem()
        found = posterior(problem, problem.counts, problem.texts.expected, self.hypers)
        self.hypers = found.hypers.named()
        return _drawn(found, seen, many, rng)


def _drawn(found: Posterior, seen: Seen, many: int, rng: np.random.Generator) -> TabBeliefs:
    drawn = sample(found, many, rng), mean(found)
    return believe((found,), (drawn,), np.ones(seen.segments))


def _tops(beliefs: TabBeliefs, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
    return tuple(beliefs.top(segment, seen.grid, 1, rng)[0] for segment in range(seen.segments))


def _distinct(values: Ints) -> Ints:
    """Each row once, where it stood first."""
    return values[np.sort(np.unique(values, axis=0, return_index=True)[1])]
