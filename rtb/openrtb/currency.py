"""Money between the currencies of accounts, floors and bids (pure): exact, then rounded once."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from adplatform.money import MICROS_PER_UNIT, Micros

DOLLARS: Final = "USD"  # what the specification means where it names no currency
NANOS_PER_MICRO: Final = 1_000


class Rates:
    """``units_per_dollar``: of each currency, how many units one US dollar is worth.

    A currency without a rate is unknown: nothing is converted to or from it. One currency is always
    itself, known or not.
    """

    __slots__ = ("_ratios", "_units")

    def __init__(self, units_per_dollar: Mapping[str, Decimal]) -> None:
        self._units = {code: Fraction(units) for code, units in units_per_dollar.items()}
        self._ratios: dict[tuple[str, str], tuple[int, int]] = {
            (source, target): (to_units / from_units).as_integer_ratio()
            for source, from_units in self._units.items()
            for target, to_units in self._units.items()
        }

    def knows(self, currency: str) -> bool:
        return code(currency) in self._units

    def convert(self, micros: int, source: str, target: str) -> Micros | None:
        """Rounded to the nearest micro, halves up; None: a currency is unknown."""
        ratio = self._ratio(source, target)
        if ratio is None:
            return None
        up, down = ratio
        return Micros((2 * micros * up + down) // (2 * down))

    def convert_up(self, amount: float, source: str, target: str) -> Micros | None:
        """Of an amount in units, such as a floor: never less than it is worth."""
        ratio = self._ratio(source, target)
        if ratio is None:
            return None
        up, down = ratio
        nanos = round(amount * MICROS_PER_UNIT * NANOS_PER_MICRO)  # 0.1 is 100,000 micros, no more
        return Micros(-(-nanos * up // (down * NANOS_PER_MICRO)))

    def in_units(self, micros: int, source: str, target: str) -> float | None:
        """A price as a bid states it, in units with at most 6 decimals: rounded up.

        So the price of a floor that ``convert_up`` has read is not below that floor.
        """
        ratio = self._ratio(source, target)
        if ratio is None:
            return None
        up, down = ratio
        return -(-micros * up // down) / MICROS_PER_UNIT

    def _ratio(self, source: str, target: str) -> tuple[int, int] | None:
        found = self._ratios.get((source, target))
        if found is not None:
            return found
        source, target = code(source), code(target)
        return (1, 1) if source == target else self._ratios.get((source, target))


def code(currency: str) -> str:
    """In upper case; an empty one stands for US dollars."""
    return currency.strip().upper() or DOLLARS


def allowed(currencies: Iterable[str]) -> tuple[str, ...]:
    """What ``BidRequest.cur`` lets a bid be in; without any, US dollars."""
    return tuple(dict.fromkeys([code(each) for each in currencies])) or (DOLLARS,)
