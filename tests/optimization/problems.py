"""Builders: a simulated world, the counts of a campaign in it, and what an engine is asked."""

from dataclasses import dataclass

import numpy as np

from optimization.engines.tab.laplace import sigmoid
from optimization.problem import Counts, Floats, Grid, Ints, Problem, Texts

SIZES = (4, 3, 5)


@dataclass(frozen=True)
class World:
    """A hidden truth: tables of log-odds."""

    base: float
    mains: list[Floats]
    pairs: dict[tuple[int, int], Floats]

    def log_odds(self, values: Ints) -> Floats:
        total = np.full(len(values), self.base)
        for c, main in enumerate(self.mains):
            total += main[values[:, c]]
        for (c, d), pair in self.pairs.items():
            total += pair[values[:, c], values[:, d]]
        return total

    def rates(self, values: Ints) -> Floats:
        return sigmoid(self.log_odds(values))


def world(seed=0, sizes=SIZES, sds=(0.22, 0.17, 0.10), pair=0.06, rate=0.01) -> World:
    """The reference's S1, with tables of any size."""
    rng = np.random.default_rng(seed)
    last = len(sizes)
    mains = [rng.normal(0, sds[c % len(sds)], size) for c, size in enumerate(sizes)]
    pairs = {
        (c, d): rng.normal(0, pair, (sizes[c], sizes[d]))
        for c in range(last)
        for d in range(c + 1, last)
    }
    return World(float(np.log(rate / (1 - rate))), mains, pairs)


def every(sizes) -> Ints:
    """All combinations, (N, C)."""
    return np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1).astype(np.int64)


def counts(values, trials, successes, segment=None, rounds=None) -> Counts:
    n = len(values)
    return Counts(
        np.array(values, dtype=np.int64),
        np.zeros(n, dtype=np.int64) if segment is None else np.array(segment, dtype=np.int64),
        np.array(trials, dtype=np.float64),
        np.array(successes, dtype=np.float64),
        np.ones(n) if rounds is None else np.array(rounds, dtype=np.float64),
    )


def none(components=3) -> Counts:
    return counts(np.empty((0, components)), [], [])


def seen(truth: World, n=40, trials=500, seed=1, segments=1) -> Counts:
    """What one round of n random combinations gave."""
    rng = np.random.default_rng(seed)
    sizes = [len(main) for main in truth.mains]
    values = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    clicks = rng.binomial(trials, sigmoid(truth.log_odds(values) + rng.normal(0, 0.1, n)))
    return counts(values, np.full(n, trials), clicks, rng.integers(segments, size=n))


def problem(data=None, sizes=SIZES, segments=1, embeddings=None, expected=None, **more) -> Problem:
    unknown = (None,) * len(sizes)
    texts = Texts(embeddings or unknown, expected or unknown)
    return Problem(sizes, segments, none(len(sizes)) if data is None else data, texts, **more)


def grid(sizes=SIZES, forbidden=None, banned=(), usable=None) -> Grid:
    everything = tuple(np.ones(size, dtype=bool) for size in sizes)
    return Grid(tuple(sizes), usable or everything, forbidden or {}, frozenset(banned))


def unit(rows, dim=8, seed=3) -> Floats:
    """Embeddings of unit norm, (rows, dim)."""
    drawn = np.random.default_rng(seed).normal(size=(rows, dim))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
