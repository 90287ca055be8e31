"""What each value did in one template, the others' part taken out (pure).

Combinations are not shown alike often: values that are good are shown with other good ones. So the
successes of a value are compared with those expected from its combinations' other values and their
segment (indirect standardisation), by sweeps of a log-linear model with shrunk effects.
"""

from dataclasses import dataclass

import numpy as np

from optimization.problem import Counts, Floats, Ints

SWEEPS = 10
SHRINKAGE = 25.0  # successes that a value of average effect is worth: 1 / .2^2
OVERDISPERSION = 0.11  # log-odds; docs/optimiser.md


@dataclass(frozen=True, slots=True)
class ValueEffects:
    """Of one component: the values that had trials."""

    values: Ints  # (k,) indices
    effects: Floats  # (k,) log rate against expectation
    variances: Floats  # (k,)


def effects(counts: Counts, sizes: tuple[int, ...]) -> tuple[ValueEffects, ...]:
    """Of every component; where there is only one, logs of its values' rates, up to a constant."""
    columns = [*counts.values.T, counts.segment]
    widths = [*sizes, int(counts.segment.max(initial=0)) + 1]
    level = counts.successes.sum() / max(counts.trials.sum(), 1.0)
    logs = [np.zeros(width) for width in widths]
    for _ in range(SWEEPS):
        for c in range(len(columns)):
            seen, expected = _against(counts, columns, logs, c, level)
            logs[c] = np.log((seen + SHRINKAGE) / (expected + SHRINKAGE))
    found = (_against(counts, columns, logs, c, level) for c in range(len(sizes)))
    return tuple(
        _of(_sums(columns[c], counts.trials, widths[c]), *each) for c, each in enumerate(found)
    )


def _against(
    counts: Counts, columns: list[Ints], logs: list[Floats], c: int, level: float
) -> tuple[Floats, Floats]:
    """Successes of every value of c, and those expected were it an average one: (K_c,) each."""
    others = sum(
        log[column] for d, (log, column) in enumerate(zip(logs, columns, strict=True)) if d != c
    )
    expected = counts.trials * level * np.exp(others)
    return (
        _sums(columns[c], counts.successes, len(logs[c])),
        _sums(columns[c], expected, len(logs[c])),
    )


def _sums(column: Ints, numbers: Floats, width: int) -> Floats:
    return np.bincount(column, numbers, width).astype(np.float64)


def _of(trials: Floats, seen: Floats, expected: Floats) -> ValueEffects:
    values = np.flatnonzero(trials > 0)
    some, wanted = seen[values], expected[values]
    return ValueEffects(
        values,
        np.log((some + 0.5) / (wanted + 0.5)),
        1 / (some + 0.5) + OVERDISPERSION**2,
    )
