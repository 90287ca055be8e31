"""Counts as the rows that a model is fitted to (pure)."""

import math
from dataclasses import dataclass

import numpy as np

from optimization.problem import Counts, Floats, Ints, Problem

MAX_ROWS = 2000  # rows of the covariance matrix; those with fewest trials beyond are left out
USUAL_RATE = 0.01  # the level before any trial


@dataclass(frozen=True, slots=True)
class Rows:
    """One row per combination and segment that had trials, those with most trials first."""

    x: Ints  # (n, C + 1): a combination and its segment
    trials: Floats  # (n,) > 0
    successes: Floats  # (n,)
    rounds: Floats  # (n,)
    level: float  # mu: the pooled log-odds of all counts, also of rows that were left out
    expected: tuple[Floats | None, ...]  # (K_c,) each: the prior means of the values

    @property
    def offset(self) -> Floats:
        """Mu + m of every row, (n,)."""
        return self.level + offsets(self.expected, self.x)


def rows(counts: Counts, expected: tuple[Floats | None, ...], most: int = MAX_ROWS) -> Rows:
    """Rows of one stack; same combinations and segments are added up.

    Beyond ``most`` rows those with most trials are kept exactly; the others count in the level
    only. Of 5,000 rows, thousands have a trial or two each: together they say very little.
    """
    tried = counts.trials > 0
    keys = np.column_stack([counts.values, counts.segment])[tried]
    x, place = np.unique(keys, axis=0, return_inverse=True)
    summed: list[Floats] = [
        np.bincount(place.ravel(), weights=each[tried], minlength=len(x)).astype(np.float64)
        for each in (counts.trials, counts.successes, counts.rounds)
    ]
    level = pooled(float(summed[0].sum()), float(summed[1].sum()))
    order = np.argsort(-summed[0], kind="stable")[:most]
    trials, successes, rounds = (each[order] for each in summed)
    return Rows(x[order], trials, successes, np.maximum(rounds, 1.0), level, expected)


def pooled(trials: float, successes: float) -> float:
    """The level: log-odds of all trials together, USUAL_RATE's before any."""
    if not trials:
        return math.log(USUAL_RATE / (1 - USUAL_RATE))
    return math.log((successes + 0.5) / (trials - successes + 0.5))


def offsets(expected: tuple[Floats | None, ...], x: Ints) -> Floats:
    """The prior mean of rows (m, >= C) without the level: sum_c m_c[x_c], (m,)."""
    total = np.zeros(len(x))
    for c, each in enumerate(expected):
        if each is not None:
            total += each[x[:, c]]
    return total


def checked(problem: Problem) -> Problem:
    """The same problem. Raises ValueError when it contradicts itself."""
    if not problem.sizes or min(problem.sizes) < 1:
        raise ValueError(f"every component needs a value; the sizes are {problem.sizes}")
    if problem.segments < 1:
        raise ValueError(f"there is at least one segment, not {problem.segments}")
    _check_counts("impressions and clicks", problem, problem.counts)
    if problem.conversions is not None:
        _check_counts("clicks and conversions", problem, problem.conversions)
    for name in ("embeddings", "expected"):
        _check_texts(name, problem.sizes, getattr(problem.texts, name))
    if problem.value is not None:
        _check_value(problem.value, problem.segments)
    return problem


def _check_counts(what: str, problem: Problem, counts: Counts) -> None:
    n, components = len(counts.values), len(problem.sizes)
    lengths = {len(counts.segment), len(counts.trials), len(counts.successes), len(counts.rounds)}
    if lengths != {n} or (n and counts.values.shape != (n, components)):
        raise ValueError(f"{what}: columns of {sorted({n, *lengths})} rows do not belong together")
    if not n:
        return
    numbers = np.stack([counts.trials, counts.successes, counts.rounds])
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ValueError(f"{what}: counts must be finite numbers, 0 or more")
    worse = np.flatnonzero(counts.successes > counts.trials)
    if worse.size:
        i = int(worse[0])
        raise ValueError(
            f"{what}: {counts.successes[i]:g} of {counts.trials[i]:g} for combination"
            f" {tuple(counts.values[i].tolist())}; there cannot be more than were tried"
        )
    if (counts.values < 0).any() or (counts.values >= np.array(problem.sizes)).any():
        raise ValueError(f"{what}: a value index is outside the sizes {problem.sizes}")
    if (counts.segment < 0).any() or (counts.segment >= problem.segments).any():
        raise ValueError(f"{what}: a segment index is not below {problem.segments}")


def _check_texts(name: str, sizes: tuple[int, ...], given: tuple[Floats | None, ...]) -> None:
    if len(given) != len(sizes):
        raise ValueError(f"{name}: {len(given)} entries for {len(sizes)} components")
    for c, (size, each) in enumerate(zip(sizes, given, strict=True)):
        if each is not None and (len(each) != size or not np.isfinite(each).all()):
            raise ValueError(f"{name}: component {c} needs {size} finite rows, got {each.shape}")


def _check_value(value: Floats, segments: int) -> None:
    if value.shape != (segments,) or not np.isfinite(value).all() or (value <= 0).any():
        raise ValueError(f"value: one number above 0 per segment ({segments}), not {value}")
