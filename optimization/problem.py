"""What every engine is asked and what it answers (pure).

Combinations are rows of value indices, ``values: (n, C)``: of component ``c`` the index of its
value, ``0 <= index < sizes[c]``. Inactive and banned values keep their index, so that what was
learnt of them is kept; ``Grid`` says what may serve. Segments are indices too: 0 is everyone
without a segment of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Combination = tuple[int, ...]
Goal = Literal["earn", "learn"]


@dataclass(frozen=True, slots=True)
class Grid:
    """The combinations that may serve."""

    sizes: tuple[int, ...]  # values per component
    usable: tuple[Bools, ...]  # (K_c,) each: active and not banned
    forbidden: Mapping[tuple[int, int], Bools] = field(default_factory=dict)  # c < d: (K_c, K_d)
    banned: frozenset[Combination] = frozenset()  # single combinations


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials and successes of one template: one row per combination and segment that had any.

    Of the first stack trials are impressions and successes clicks; of the second, where a goal
    needs one, clicks and conversions. Discounted counts may be fractions.
    """

    values: Ints  # (n, C)
    segment: Ints  # (n,)
    trials: Floats  # (n,)
    successes: Floats  # (n,) 0 <= successes <= trials
    rounds: Floats  # (n,) >= 1: rounds in which the row had trials


@dataclass(frozen=True, slots=True)
class Texts:
    """What is known of the values before any trial. None where nothing is."""

    embeddings: tuple[Floats | None, ...]  # (K_c, dim) each, rows of unit norm
    expected: tuple[Floats | None, ...]  # (K_c,) each, log-odds: the content prior's mean


@dataclass(frozen=True, slots=True)
class Problem:
    """All that an engine learns from."""

    sizes: tuple[int, ...]
    segments: int  # >= 1
    counts: Counts
    texts: Texts
    conversions: Counts | None = None  # second stack: conversions per click
    value: Floats | None = None  # (segments,) worth of one conversion, in any unit


@dataclass(frozen=True, slots=True)
class Arm:
    """One combination of a batch."""

    combination: Combination
    weight: float  # the final propensity: share of the segment's traffic, sums to 1
    rate: float  # predicted success rate (posterior mean of the goal)
    low: float  # 90 % interval of the predicted rate
    high: float
    best: float  # P(best of this batch)


@dataclass(frozen=True, slots=True)
class Plan:
    """How the next batches are to be chosen, the same for each segment."""

    goal: Goal = "earn"
    q: int | None = None  # None: clip(2 x largest component, 8, 32)
    gamma: float = 1.0  # 1 (open-ended) to 5 (end of the horizon)
    floor: float = 0.10  # spread over the batch; divided by gamma
    cap: float = 0.80  # of one arm until it is the best with probability .95; rises with gamma
    uniform: float = 0.05  # uniform-random slice
    samples: int = 256
    served: tuple[tuple[Combination, ...], ...] = ()  # per segment, what serves now
    pinned: tuple[Combination, ...] = ()  # always in the batch
    control: Combination | None = None  # for the guardrail: drop when P(rate < .7 control) > .95


@dataclass(frozen=True, slots=True)
class Effect:
    """What one value adds, in log-odds against the average value of its component."""

    component: int
    value: int
    mean: float
    low: float  # 90 % interval
    high: float
    segment: int | None = None  # None: in all segments


@dataclass(frozen=True, slots=True)
class PairEffect:
    """What two values add together, in log-odds, beyond what each adds alone."""

    first: tuple[int, int]  # (component, value)
    second: tuple[int, int]
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A predicted rate and its 90 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Learned:
    """An engine's answer."""

    engine: str
    batches: tuple[tuple[Arm, ...], ...]  # per segment, largest weight first
    effects: tuple[Effect, ...] = ()
    pairs: tuple[PairEffect, ...] = ()
    hypers: Mapping[str, float] = field(default_factory=dict)  # by name; warm start of the next
    proposals: int = 0  # batches that were scored
    uniform_rate: float = 0.0  # predicted mean over all allowed combinations
    best_rate: float = 0.0  # predicted of the best combination, averaged over segments
    seconds: Mapping[str, float] = field(default_factory=dict)  # by step
    served: tuple[Estimate, ...] = ()  # per segment: rate of the whole batch at its weights
    uniform: tuple[Estimate, ...] = ()  # per segment: mean rate over all allowed combinations


class Engine(Protocol):
    """``tab``, ``botorch`` or ``seed``."""

    name: str

    def learn(
        self,
        problem: Problem,
        grid: Grid,
        plan: Plan,
        rng: np.random.Generator,
        warm: Mapping[str, float] | None = None,
    ) -> Learned:
        """The next batches.

        Raises NothingAllowed where rules and bans leave no combination, and NotSolved where a
        solver gave no finite numbers; whatever serves then goes on serving.
        """
        ...


class NothingAllowed(Exception):
    """No combination may serve: every one is inactive, banned or against a rule."""


class TooLarge(ValueError):
    """More than this engine can hold; the message says how much and which engine to use."""


class NotSolved(Exception):
    """A solver gave numbers that are not finite."""
