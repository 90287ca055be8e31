"""Money as integer micros (1,000,000 micros = 1 unit of currency); CPM arithmetic and rounding."""

from typing import NewType

Micros = NewType("Micros", int)

MICROS_PER_UNIT = 1_000_000
MICROS_PER_CENT = 10_000
IMPRESSIONS_PER_MILLE = 1000


def from_cents(cents: int) -> Micros:
    return Micros(cents * MICROS_PER_CENT)


def to_cents(micros: Micros) -> int:
    """Whole cents, halves rounded away from zero."""
    sign = -1 if micros < 0 else 1
    return sign * ((abs(micros) + MICROS_PER_CENT // 2) // MICROS_PER_CENT)


def impression_cost(cpm: Micros) -> Micros:
    """The cost of one impression at a price per 1,000, rounded half up to a whole micro."""
    return Micros((cpm + IMPRESSIONS_PER_MILLE // 2) // IMPRESSIONS_PER_MILLE)
