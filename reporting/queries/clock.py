"""Local time in SQL: an offset per stretch of the zone, so that both sides count alike; pure.

``at`` is a column of Unix seconds. ``reporting.buckets`` is the same in Python.
"""

from collections.abc import Callable, Sequence

from reporting.dimensions import Dimension
from reporting.query import Granularity
from reporting.zones import Segment

DAY = 86_400


def bucket(granularity: Granularity, found: Sequence[Segment], at: str = "at") -> str:
    """The key of the bucket that ``at`` lies in: what ``reporting.buckets.key`` computes."""
    if granularity is Granularity.MINUTE:
        return f"toInt64({at} - {at} %% 60)"
    if granularity is Granularity.HOUR:
        hour = f"toInt64({at}) - {_local(found, at)} %% 3600"
        return f"greatest({hour}, {_by_stretch(found, at, lambda each: each.start)})"
    day = _day(found, at)
    if granularity is Granularity.WEEK:
        return f"{day} - ({day} + 3) %% 7"
    if granularity is Granularity.MONTH:
        return f"toInt64(toInt32(toStartOfMonth(toDate({day}))))"
    return day


def part(dimension: Dimension, found: Sequence[Segment], at: str = "at") -> str:
    """The hour of the day (0 to 23), or the day of the week (1, Monday, to 7)."""
    if dimension is Dimension.HOUR_OF_DAY:
        return f"toUInt8(intDiv({_local(found, at)} %% {DAY}, 3600))"
    return f"toUInt8(({_day(found, at)} + 3) %% 7 + 1)"


def _day(found: Sequence[Segment], at: str) -> str:
    return f"intDiv({_local(found, at)}, {DAY})"


def _local(found: Sequence[Segment], at: str) -> str:
    return f"(toInt64({at}) + {_by_stretch(found, at, lambda each: each.offset)})"


def _by_stretch(found: Sequence[Segment], at: str, value: Callable[[Segment], int]) -> str:
    """The value of the stretch that ``at`` lies in."""
    last = f"toInt64({value(found[-1])})"
    if len(found) == 1:
        return last
    cases = (f"{at} < {each.end}, toInt64({value(each)})" for each in found[:-1])
    return f"multiIf({', '.join(cases)}, {last})"
