"""What differs between raw rows and tiers, and the rows that put it right (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from events.reconcile.window import width
from events.tiers import DAY, MEASURES, MINUTE, QUARTER, Tier

TWO_TO_64: Final = 2**64
ELSEWHERE: Final = "dimensions"  # the sums agree, but rows stand at other ids or minutes

Key = tuple[int | str, ...]  # the bucket, then the dimensions
Counts = tuple[int, ...]  # one for each measure
Deltas = dict[Key, Counts]


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """One period of one tenant in one tier: an hour, or a day of the day tier."""

    table: str
    period: int
    tenant_id: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A spot whose rows are not those that the raw events add up to."""

    spot: Spot
    raw: Counts
    tier: Counts
    rows: int  # how many rows of the tier differ

    def measures(self) -> list[tuple[str, int, int]]:
        """The measures that differ: name, of raw, of the tier."""
        both = zip(MEASURES, self.raw, self.tier, strict=True)
        found = [(name, raw, tier) for name, raw, tier in both if raw != tier]
        return found or [(ELSEWHERE, 0, self.rows)]


def settled(
    first: Mapping[Spot, Deltas], second: Mapping[Spot, Deltas], moving: set[Spot]
) -> dict[Spot, Deltas]:
    """What two looks saw alike, at spots where nothing is on its way."""
    return {
        spot: deltas
        for spot, deltas in second.items()
        if deltas and spot not in moving and first.get(spot) == deltas
    }


def to_write(missing: Mapping[Spot, Deltas]) -> dict[Tier, Deltas]:
    """The rows to insert into each tier, the finest first.

    A row that is inserted into a tier flows through the views into the coarser ones. What a coarser
    tier is given is therefore what it lacks less what flows into it: nothing when the row is
    missing in all, the opposite when it was missing in the finer one only.
    """
    lacking = {tier: _of(missing, tier) for tier in (MINUTE, QUARTER, DAY)}
    return {
        MINUTE: lacking[MINUTE],
        QUARTER: subtract(lacking[QUARTER], rolled_up(lacking[MINUTE], QUARTER)),
        DAY: subtract(lacking[DAY], rolled_up(lacking[QUARTER], DAY)),
    }


def rolled_up(deltas: Deltas, tier: Tier) -> Deltas:
    """The rows that a view makes of these in a coarser tier."""
    found: defaultdict[Key, Counts] = defaultdict(lambda: (0,) * len(MEASURES))
    for (bucket, *dimensions), counts in deltas.items():
        key = (int(bucket) - int(bucket) % tier.seconds, *dimensions)
        found[key] = _added(found[key], counts, 1)
    return {key: counts for key, counts in found.items() if any(counts)}


def subtract(wanted: Deltas, flowing: Deltas) -> Deltas:
    """``wanted`` less ``flowing``, without rows of zeros."""
    zero = (0,) * len(MEASURES)
    keys = wanted.keys() | flowing.keys()
    rows = {key: _added(wanted.get(key, zero), flowing.get(key, zero), -1) for key in keys}
    return {key: counts for key, counts in rows.items() if any(counts)}


def by_period(tier: Tier, deltas: Deltas) -> dict[int, Deltas]:
    """The rows of each hour, or of each day for the day tier."""
    found: defaultdict[int, Deltas] = defaultdict(dict)
    for key, counts in deltas.items():
        bucket = int(key[0])
        found[bucket - bucket % width(tier)][key] = counts
    return dict(sorted(found.items()))


def unsigned(count: int) -> int:
    """A count as UInt64: a negative one wraps around, and ``sum()`` wraps it back."""
    return count % TWO_TO_64


def signed(count: int) -> int:
    """A difference of two UInt64 that may have wrapped around."""
    wrapped = count % TWO_TO_64
    return wrapped - TWO_TO_64 if wrapped >= TWO_TO_64 // 2 else wrapped


def _of(missing: Mapping[Spot, Deltas], tier: Tier) -> Deltas:
    chosen: Iterable[Deltas] = (
        deltas for spot, deltas in missing.items() if spot.table == tier.table
    )
    return {key: counts for deltas in chosen for key, counts in deltas.items()}


def _added(left: Counts, right: Counts, sign: int) -> Counts:
    return tuple(one + sign * other for one, other in zip(left, right, strict=True))
