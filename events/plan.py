"""Which messages of a partition make the next batch; pure.

The bounds name the insert (its deduplication token), so a batch that may already have been
inserted is rebuilt with the bounds that the ledger holds.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32


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
        """What the owners of its messages' claims begin with."""
        return f"{self.topic_id}:{self.partition}"

    def token(self, excluded: Sequence[int] = ()) -> str:
        """ClickHouse's insert_deduplication_token of the batch without the ``excluded`` offsets.

        The same token with other rows would lose rows, so what is left out is part of it.
        """
        name = f"{self.place}:{self.first}-{self.last}"
        if not excluded:
            return name
        return f"{name}-x{crc32(','.join(map(str, sorted(excluded))).encode()):08x}"


def next_size(
    offsets: Sequence[int], unfinished: Bounds | None, *, rows: int, ripe: bool
) -> int | None:
    """How many of the waiting messages make the next batch; None: wait for more.

    ``offsets`` are those of the waiting messages, ascending. An ``unfinished`` batch comes first
    and whole; a new one has at most ``rows`` and is made early when ``ripe`` (it has waited long
    enough).
    """
    if not offsets:
        return None
    if unfinished is not None:
        complete = offsets[-1] >= unfinished.last
        return bisect_right(offsets, unfinished.last) if complete else None
    return min(len(offsets), rows) if ripe or len(offsets) >= rows else None
