"""A time zone as stretches of one UTC offset: what statements and buckets count with; pure.

The offsets come from Python's tz database alone, so that ClickHouse's own copy cannot disagree.
"""

from datetime import UTC, datetime, tzinfo
from typing import Final, NamedTuple

STEP: Final = 86_400  # no zone has changed twice within a day since 2000


class Segment(NamedTuple):
    """From ``start`` to before ``end`` (Unix seconds) local time is UTC + ``offset`` seconds."""

    start: int
    end: int
    offset: int


def segments(tz: tzinfo, start: int, end: int) -> tuple[Segment, ...]:
    """The stretches of [start, end), ascending, without gaps."""
    found: list[Segment] = []
    begun, offset = start, offset_at(tz, start)
    for moment in (*range(start + STEP, end, STEP), end - 1):
        if offset_at(tz, moment) != offset:
            change = _change(tz, max(begun, moment - STEP), moment)
            found.append(Segment(begun, change, offset))
            begun, offset = change, offset_at(tz, change)
    return (*found, Segment(begun, end, offset))


def offset_at(tz: tzinfo, moment: int) -> int:
    """Seconds that local time is ahead of UTC."""
    offset = datetime.fromtimestamp(moment, UTC).astimezone(tz).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(tz: tzinfo, low: int, high: int) -> int:
    """The first second in (low, high] with another offset than at ``low``."""
    before = offset_at(tz, low)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(tz, middle) == before:
            low = middle
        else:
            high = middle
    return high
