"""Means, standard errors and paired differences over worlds or tests (pure)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.problem import Floats

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Mean:
    """``se`` is 0 where there is one value only; nothing is known of its error then."""

    mean: float
    se: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Of two methods in the same worlds, with its 95 % interval."""

    difference: float
    se: float
    low: float
    high: float
    n: int


def mean(values: Sequence[float]) -> Mean:
    n = len(values)
    spread = float(np.std(values, ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    return Mean(float(np.mean(values)), spread)


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Student's t over the differences world by world; unbounded where there is one world."""
    found = mean([a - b for a, b in zip(ours, theirs, strict=True)])
    return _difference(found.mean, found.se, len(ours))


def ratio(gains: Floats, best: Floats) -> Mean:
    """sum(gains) / sum(best) over tests ``(n,)``, with the linearised standard error."""
    share = float(gains.sum() / best.sum())
    left = gains - share * best
    return Mean(share, float(np.sqrt((left**2).sum()) / best.sum()))


def paired_ratio(ours: Floats, theirs: Floats, best: Floats) -> Difference:
    """The difference of two such shares, test by test."""
    found = ratio(ours - theirs, best)
    return _difference(found.mean, found.se, len(best))


def _difference(middle: float, se: float, n: int) -> Difference:
    from scipy.stats import t  # noqa: PLC0415  (slow to import; the command alone needs it)

    half = float(t.ppf(0.5 + LEVEL / 2, n - 1)) * se if n > 1 else math.inf
    return Difference(middle, se, middle - half, middle + half, n)
