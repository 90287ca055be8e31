"""What a benchmarked policy sees and answers (pure)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from optimization.problem import Counts, Floats, Grid, Ints, Problem, Texts
from optimization.rounds import merged


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
        return merged(self.past, len(self.sizes), discount)

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
