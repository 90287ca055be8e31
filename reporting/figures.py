"""What counts amount to: the ratios of a report; pure. docs/reports.md defines each.

Public: seed 001 section 8.1 (eCPM and eCPC are revenue in currency units, not cost).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reporting.query import COUNTS

DIGITS: Final = 6
CENTS_PER_UNIT: Final = 100
MILLE: Final = 1000

Figures = dict[str, int | float | None]


def counts(values: Sequence[object]) -> dict[str, int]:
    """The values of one row, in the order of ``COUNTS``, by name."""
    return {name: int(str(value)) for name, value in zip(COUNTS, values, strict=True)}


def with_ratios(count: Mapping[str, int]) -> Figures:
    """The counts and their ratios; a ratio without a denominator is None."""
    impressions, clicks = count["impressions"], count["clicks"]
    revenue = count["revenue_cents"] / CENTS_PER_UNIT
    ratios: Figures = {
        "ctr": _ratio(clicks, impressions),
        "conversion_rate": _ratio(count["conversions"], clicks),
        "viewability": _ratio(count["viewable"], impressions),
        "ecpm": _ratio(revenue * MILLE, impressions),
        "ecpc": _ratio(revenue, clicks),
    }
    return {**count, **ratios}


def summed(rows: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sums of several rows' counts."""
    total = dict.fromkeys(COUNTS, 0)
    for row in rows:
        for name in COUNTS:
            total[name] += row[name]
    return total


def _ratio(above: float, below: int) -> float | None:
    return round(above / below, DIGITS) if below else None
