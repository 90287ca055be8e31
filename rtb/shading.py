"""Bid shading: in a first-price auction, bid what pays best instead of the whole worth (pure).

``rtb.landscape`` learns, in the background, how likely each price wins in each kind of slot; here
stands what the request does with it: two look-ups.
"""

from bisect import bisect_right
from collections.abc import Mapping
from random import Random
from typing import Final, NamedTuple

import msgspec

from adplatform.money import Micros

FIRST_PRICE: Final = 1
EXPLORE_SHARE: Final = 0.05  # bids at the full worth, so that high prices stay known
MAX_DISCOUNT: Final = 0.65
SHADED: Final = "shaded"
EXPLORED: Final = "explored"


class Cell(NamedTuple):
    """A kind of slot. Where little is known of it, it is taken with others: from the right on."""

    ssp_id: int
    format: str
    size: str  # 300x250
    country: str


Node = tuple[int | str, ...]  # a cell without its last parts; (): everything


class Landscape(msgspec.Struct, frozen=True, gc=False):
    """``prices`` has, for each node, the best bid at each of ``values`` (CPM micros, rising)."""

    values: tuple[int, ...] = ()
    prices: Mapping[Node, tuple[int, ...]] = {}

    def best(self, cell: Cell) -> tuple[int, ...] | None:
        """The best bids of the smallest known node that the cell is in."""
        prices = self.prices
        return (
            prices.get(cell)
            or prices.get(cell[:3])
            or prices.get(cell[:2])
            or prices.get(cell[:1])
            or prices.get(())
        )


def shade(
    landscape: Landscape | None,
    value: Micros,
    floor: Micros,
    cell: Cell,
    rng: Random,
    *,
    auction_type: int = FIRST_PRICE,
) -> tuple[Micros, str]:
    """The price to bid, from ``floor`` to ``value``, and ``shaded``, ``explored`` or nothing.

    Only a first-price auction is shaded: a second price is not ours to set, and a deal's fixed
    price (``at`` 3) is agreed. The caller turns away what is worth less than the floor.
    """
    if landscape is None or auction_type != FIRST_PRICE or value <= floor:
        return value, ""
    best = landscape.best(cell)
    if best is None:
        return value, ""
    if rng.random() < EXPLORE_SHARE:
        return value, EXPLORED
    least = max(floor, round(value * (1 - MAX_DISCOUNT)))
    price = max(_between(landscape.values, best, value), least)
    return (Micros(price), SHADED) if price < value else (value, "")


def _between(values: tuple[int, ...], prices: tuple[int, ...], value: int) -> int:
    """Linear between two values; above the highest, no more than it takes there."""
    place = bisect_right(values, value)
    if place == len(values):
        return prices[-1]
    if place == 0:
        return value * prices[0] // values[0]
    low, high = values[place - 1], values[place]
    return prices[place - 1] + (prices[place] - prices[place - 1]) * (value - low) // (high - low)
