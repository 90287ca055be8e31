"""Pacing as sets: which line items take part, drawn ahead for many requests at once (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import numpy.typing as npt

from adserving import bits
from rtb.ad import Ad

MOST_DRAWS: Final = 64  # sets drawn ahead; a request takes one at random
FEWEST_DRAWS: Final = 8
NUMBERS: Final = 200_000  # random numbers for one drawing, about 2 ms

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Paced:
    """The line items that do not take part always: their rates, and which ads are whose."""

    rates: npt.NDArray[np.float64]  # shape: line items
    positions: Whole  # of their ads; shape: ads of theirs
    owners: Whole  # the row in ``rates`` of each of these ads
    size: int  # of the book

    def draw(self, rng: Random) -> tuple[int, ...]:
        """Sets of ads that sit out, each line item with probability 1 - its rate.

        Drawing a line item's share for each request would cost one random number for each of them.
        """
        draws = max(FEWEST_DRAWS, min(MOST_DRAWS, NUMBERS // len(self.rates)))
        generator = np.random.default_rng(rng.getrandbits(64))
        sits_out = generator.random((draws, len(self.rates))) >= self.rates
        return tuple(self._spread(row) for row in sits_out)

    def _spread(self, sits_out: npt.NDArray[np.bool_]) -> int:
        flags = np.zeros(self.size, dtype=np.bool_)
        flags[self.positions] = sits_out[self.owners]
        return bits.of_flags(flags)


def paced(ads: Sequence[Ad], rates: Mapping[int, float]) -> Paced | None:
    """``rates``: pass-through rate by line item id, 1 where it has none; None: all take part."""
    slowed = {line_item_id: rate for line_item_id, rate in rates.items() if rate < 1.0}
    rows = {line_item_id: row for row, line_item_id in enumerate(slowed)}
    positions = [n for n, ad in enumerate(ads) if ad.line_item.id in rows] if rows else []
    if not positions:
        return None
    return Paced(
        rates=np.array(list(slowed.values())),
        positions=np.array(positions),
        owners=np.array([rows[ads[n].line_item.id] for n in positions]),
        size=len(ads),
    )
