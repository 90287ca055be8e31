"""What sums amount to: counts, ratios and how sure they are; pure. docs/reports.md defines each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from adplatform.intervals import wilson
from reporting.measures import METRICS, Metric

DIGITS: Final = 6

Sums = Mapping[str, int]
Figures = dict[str, int | float | None]
Interval = tuple[float, float] | None


def sums(columns: Sequence[str], values: Sequence[object]) -> dict[str, int]:
    """The values of one row, by column."""
    return {name: int(str(value)) for name, value in zip(columns, values, strict=True)}


def added(columns: Sequence[str], rows: Iterable[Sums]) -> dict[str, int]:
    """The sums of several rows."""
    total = dict.fromkeys(columns, 0)
    for row in rows:
        for name in columns:
            total[name] += row[name]
    return total


def figures(metrics: Iterable[str], found: Sums, min_sample: int = 0) -> Figures:
    """The metrics; a ratio without a denominator, or of too small a sample, is None."""
    return {name: value(METRICS[name], found, min_sample) for name in metrics}


def value(metric: Metric, found: Sums, min_sample: int = 0) -> int | float | None:
    above = _sum(metric.terms, found)
    if metric.is_whole:
        return above
    if not metric.is_ratio:
        return round(above * metric.times / metric.by, DIGITS)
    below = _sum(metric.over, found)
    if not below or _sum(metric.sample, found) < min_sample:
        return None
    return round(above * metric.times / metric.by / below, DIGITS)


def intervals(metrics: Iterable[str], found: Sums) -> dict[str, Interval]:
    """Wilson's 95 % interval of each metric that is a proportion, also of a small sample."""
    return {
        name: wilson(_sum(METRICS[name].terms, found), _sum(METRICS[name].over, found))
        for name in metrics
        if METRICS[name].proportion
    }


def changes(now: Mapping[str, float | None], before: Mapping[str, float | None]) -> Figures:
    """How much each figure grew, as a share of what it was; None where that is nothing."""
    return {name: _change(number, before[name]) for name, number in now.items()}


def _change(now: float | None, before: float | None) -> float | None:
    if now is None or not before:
        return None
    return round((now - before) / before, DIGITS)


def _sum(columns: Iterable[str], found: Sums) -> int:
    return sum(found[name] for name in columns)
