"""Which messages of a partition make the next batch; pure.

The bounds name the insert (its deduplication token), so a batch that may already have been
inserted must be rebuilt with the same bounds. ``recorded`` holds the bounds that are known from
before: today what ClickHouse's rows say, later the PostgreSQL ledger.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Bounds:
    """One batch: the first and last offset of a partition, both included.

    The topic id is part of it since offsets restart when a topic is created anew.
    """

    topic_id: str
    partition: int
    first: int
    last: int

    @property
    def place(self) -> str:
        """What its messages' claims begin with."""
        return f"{self.topic_id}:{self.partition}"

    @property
    def token(self) -> str:
        """ClickHouse's insert_deduplication_token."""
        return f"{self.place}:{self.first}-{self.last}"


def next_size(
    offsets: Sequence[int], recorded: Sequence[Bounds], *, rows: int, ripe: bool
) -> int | None:
    """How many of the waiting messages make the next batch; None: wait for more.

    ``offsets`` are those of the waiting messages, ascending; a new batch has at most ``rows`` and
    is made early when ``ripe`` (it has waited long enough).
    """
    if not offsets:
        return None
    unfinished = next((bounds for bounds in recorded if bounds.first >= offsets[0]), None)
    if unfinished and unfinished.first == offsets[0]:
        complete = offsets[-1] >= unfinished.last
        return bisect_right(offsets, unfinished.last) if complete else None
    free = bisect_right(offsets, unfinished.first - 1) if unfinished else len(offsets)
    fenced = free < len(offsets)
    return min(free, rows) if ripe or fenced or free >= rows else None
