"""What a benchmarked policy sees and answers (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from optimization.problem import Counts, Floats, Grid, Ints, Problem, Texts


@dataclass(frozen=True, slots=True)
class Share:
    """What one segment is served next."""

    values: Ints  # (q, C)
    weights: Floats  # (q,) sums to 1
    arms: tuple[Floats, Floats] | None = None  # (q,) 90 % interval of each ad's rate
    whole: tuple[float, float] | None = None  # and of the rate of all of it at these weights


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a policy may know before a round."""

    sizes: tuple[int, ...]
    segments: int
    q: int
    played: int  # rounds so far
    horizon: int  # rounds in all
    past: Sequence[Counts]  # one per round
    texts: Texts  # without a content prior
    prior: tuple[Floats, ...]  # (K_c,) each: a content prior, for policies that use one
    literal: Callable[[], Floats] | None  # embeddings of the concatenated texts, slow

    @property
    def grid(self) -> Grid:
        return Grid(self.sizes, tuple(np.ones(size, bool) for size in self.sizes))

    def counts(self, discount: float = 1.0) -> Counts:
        """All rounds in one; a round's trials weigh ``discount`` less with every later round."""
        last = len(self.past) - 1
        return merged(
            [_weighed(each, discount ** (last - i)) for i, each in enumerate(self.past)],
            len(self.sizes),
        )

    def problem(self, discount: float = 1.0) -> Problem:
        return Problem(self.sizes, self.segments, self.counts(discount), self.texts)


class Policy(Protocol):
    """One way of choosing what serves."""

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        """One share per segment."""
        ...

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        """The one combination ``(C,)`` per segment that it would go on with alone."""
        ...


@dataclass(frozen=True, slots=True)
class Method:
    """A named policy; made anew for every campaign."""

    name: str
    says: str
    make: Callable[[], Policy] = field(repr=False)
    limit: int | None = None  # of combinations; None: any number
    slow: bool = False  # played only when named


def merged(parts: Sequence[Counts], components: int) -> Counts:
    """Rows of the same combination and segment in one."""
    if not parts:
        return _nothing(components)
    keys = np.vstack([np.column_stack((each.segment, each.values)) for each in parts])
    rows, where = np.unique(keys, axis=0, return_inverse=True)

    def total(numbers: list[Floats]) -> Floats:
        return np.bincount(where.ravel(), np.concatenate(numbers), len(rows)).astype(np.float64)

    return Counts(
        values=rows[:, 1:].astype(np.int64),
        segment=rows[:, 0].astype(np.int64),
        trials=total([each.trials for each in parts]),
        successes=total([each.successes for each in parts]),
        rounds=total([each.rounds for each in parts]),
    )


def _nothing(components: int) -> Counts:
    none = np.zeros(0)
    return Counts(np.zeros((0, components), np.int64), np.zeros(0, np.int64), none, none, none)


def _weighed(counts: Counts, weight: float) -> Counts:
    return Counts(
        counts.values,
        counts.segment,
        counts.trials * weight,
        counts.successes * weight,
        counts.rounds,
    )
