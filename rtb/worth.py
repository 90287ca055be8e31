"""What ads can be worth at most, so that a floor turns many away at once (pure)."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adserving import bits

LEVELS = 128


@dataclass(frozen=True, slots=True)
class Worth:
    """``amounts``: most that each ad can be worth, CPM micros; ``levels`` rise, with the sets."""

    amounts: tuple[int, ...]
    levels: tuple[int, ...]
    at_least: tuple[int, ...]  # the ads worth a level or more

    def reaching(self, floor: int) -> int:
        """Ads that may reach the floor: none of the others does, a few of these may not."""
        level = bisect_right(self.levels, floor)
        return self.at_least[level - 1] if level else bits.first(len(self.amounts))


def build(amounts: Sequence[int]) -> Worth:
    """At most LEVELS levels, chosen so that as many distinct amounts lie between any two."""
    distinct = sorted(set(amounts))
    levels = distinct[:: max(1, -(-len(distinct) // LEVELS))]
    array = np.array(amounts, dtype=np.int64)
    sets = tuple(bits.of_flags(array >= level) for level in levels)
    return Worth(tuple(amounts), tuple(levels), sets)
