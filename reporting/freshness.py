"""How far the events of a report have come, from the rows of the consumer's ledger; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec


class Arrival(NamedTuple):
    """What the ledger says of one partition of the events' topic."""

    watermark: datetime | None  # when the newest stored event was received
    caught_up_at: datetime | None  # when nothing was left to store
    partition_count: int = 1


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """Everything received before ``complete_until`` is counted; None: not known.

    What was stored before ``credited_until`` is credited to clicks and views; None: nothing yet.
    """

    fresh_until: datetime | None = None
    complete_until: datetime | None = None
    reconciled_until: datetime | None = None
    credited_until: datetime | None = None
    stale: bool | None = None


def freshness(
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    stale_after: timedelta,
    reconciled_until: datetime | None = None,
    credited_until: datetime | None = None,
) -> Freshness:
    """Newest event that is stored, and until when none is missing.

    A partition is complete until its newest stored event, or until it was last found empty; the
    topic until the worst of its partitions, and unknown while one of them was never read.
    """
    newest = [arrival.watermark for arrival in arrivals if arrival.watermark is not None]
    complete = _complete(arrivals)
    return Freshness(
        fresh_until=max(newest, default=None),
        complete_until=complete,
        reconciled_until=reconciled_until,
        credited_until=credited_until,
        stale=None if complete is None else now - complete > stale_after,
    )


def _complete(arrivals: Sequence[Arrival]) -> datetime | None:
    partitions = max((arrival.partition_count for arrival in arrivals), default=0)
    ends = [
        max(moments)
        for arrival in arrivals
        if (moments := [m for m in (arrival.watermark, arrival.caught_up_at) if m is not None])
    ]
    known = bool(ends) and len(ends) == len(arrivals) >= partitions
    return min(ends) if known else None
