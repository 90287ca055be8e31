"""Pacing as sets: which line items take part, drawn ahead for many requests at once (pure)."""

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
import numpy.typing as npt

from adserving import bits
from rtb.ad import Ad

Flags = npt.NDArray[np.bool_]
DRAWS = 64  # sets drawn ahead; a request takes one at random


def draw(ads: Sequence[Ad], rates: Mapping[int, float], rng: Random) -> tuple[int, ...]:
    """DRAWS sets of the ads that sit out, each line item with probability 1 - its rate.

    ``rates``: pass-through rate by line item id; 1 where it has none. Empty: all take part.
    Drawing a line item's share for each request would cost one random number for each of them.
    """
    slowed = {ad.line_item.id for ad in ads if rates.get(ad.line_item.id, 1.0) < 1.0}
    if not slowed:
        return ()
    rows = {line_item_id: row for row, line_item_id in enumerate(sorted(slowed))}
    positions = [n for n, ad in enumerate(ads) if ad.line_item.id in rows]
    owners = np.array([rows[ads[n].line_item.id] for n in positions])
    passing = np.array([rates[line_item_id] for line_item_id in rows])
    generator = np.random.default_rng(rng.getrandbits(64))
    sits_out = generator.random((DRAWS, len(rows))) >= passing
    return tuple(_spread(row[owners], positions, len(ads)) for row in sits_out)


def _spread(flags: Flags, positions: Sequence[int], size: int) -> int:
    spread = np.zeros(size, dtype=np.bool_)
    spread[positions] = flags
    return bits.of_flags(spread)
