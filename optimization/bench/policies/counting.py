"""Baselines that count and have no model: uniform, Beta-Thompson, epsilon-greedy (pure).

Reference section 5.1. None knows anything of combinations that share a value.
"""

import math
from dataclasses import dataclass

import numpy as np

from optimization.bench.policy import Seen, Share
from optimization.problem import Counts, Floats, Ints

WORTH_CLICKS = 10  # of the Beta prior
PSEUDO = (1.0, 100.0)  # clicks and impressions added to the pooled rate


def equal(values: Ints) -> Share:
    return Share(values, np.full(len(values), 1 / len(values)))


def of_segment(counts: Counts, segment: int) -> Counts:
    here = counts.segment == segment
    return Counts(
        counts.values[here],
        counts.segment[here],
        counts.trials[here],
        counts.successes[here],
        counts.rounds[here],
    )


def random_ads(sizes: tuple[int, ...], q: int, rng: np.random.Generator) -> Ints:
    """``q`` distinct combinations, or all where there are fewer."""
    total = math.prod(sizes)
    return unravel(rng.choice(total, min(q, total), replace=False), sizes)


def unravel(positions: Ints, sizes: tuple[int, ...]) -> Ints:
    return np.column_stack(np.unravel_index(positions, sizes)).astype(np.int64)


def shrunk(counts: Counts) -> Floats:
    """(c + 1) / (n + 1/m) with m the pooled rate."""
    pooled = _pooled(counts)
    return (counts.successes + 1) / (counts.trials + 1 / pooled)


def _pooled(counts: Counts) -> float:
    return float((counts.successes.sum() + PSEUDO[0]) / (counts.trials.sum() + PSEUDO[1]))


class Counting:
    """What the three share: the recommendation is the largest shrunk rate served so far."""

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        del rng
        everything = seen.counts()
        parts = [of_segment(everything, segment) for segment in range(seen.segments)]
        return tuple(each.values[np.argmax(shrunk(each))] for each in parts)


class Uniform(Counting):
    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        return tuple(equal(random_ads(seen.sizes, seen.q, rng)) for _ in range(seen.segments))


class BetaThompson(Counting):
    """The best ``q`` of one draw per combination, equal split."""

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        counts = seen.counts()
        return tuple(
            equal(self._best(seen, of_segment(counts, segment), rng))
            for segment in range(seen.segments)
        )

    def _best(self, seen: Seen, counts: Counts, rng: np.random.Generator) -> Ints:
        total, pooled = math.prod(seen.sizes), _pooled(counts)
        weight = WORTH_CLICKS / pooled
        hits, misses = np.full(total, WORTH_CLICKS + 0.0), np.full(total, weight - WORTH_CLICKS)
        if len(counts.values):
            at = np.ravel_multi_index(tuple(counts.values.T), seen.sizes)
            hits[at] += counts.successes
            misses[at] += counts.trials - counts.successes
        draws = rng.beta(hits, misses)
        return unravel(np.argpartition(-draws, min(seen.q, total) - 1)[: seen.q], seen.sizes)


@dataclass(frozen=True, slots=True)
class EpsilonGreedy(Counting):
    """Each slot: with probability epsilon a random ad, else the best remaining shrunk rate."""

    epsilon: float = 0.2

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        counts = seen.counts()
        return tuple(
            equal(self._slots(seen, of_segment(counts, segment), rng))
            for segment in range(seen.segments)
        )

    def _slots(self, seen: Seen, counts: Counts, rng: np.random.Generator) -> Ints:
        order = np.argsort(-shrunk(counts)) if len(counts.values) else np.zeros(0, np.int64)
        ranked = [tuple(map(int, counts.values[i])) for i in order]
        chosen: dict[tuple[int, ...], None] = {}
        while len(chosen) < min(seen.q, math.prod(seen.sizes)):
            left = next((each for each in ranked if each not in chosen), None)
            if left is None or rng.random() < self.epsilon:
                left = tuple(int(rng.integers(size)) for size in seen.sizes)
            chosen[left] = None
        return np.array(list(chosen), np.int64)
