"""The time buckets of a report, counted in Python; pure. ``queries.clock`` is the same in SQL.

A bucket's key is what statements group by: Unix seconds of its start for minutes and hours, the
number of its first local day since 1970-01-01 for days, weeks and months.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from reporting.query import Granularity
from reporting.zones import Segment, segments

DAY: Final = 86_400
LOOK_BACK: Final = 2 * DAY  # so that a change before the period bounds an hour of it
EPOCH: Final = date(1970, 1, 1)
IN_SECONDS: Final = (Granularity.MINUTE, Granularity.HOUR)


def stretches(tz: ZoneInfo, start: int, end: int) -> tuple[Segment, ...]:
    """The zone's offsets from before the period to its end."""
    return segments(tz, start - LOOK_BACK, end)


def key(granularity: Granularity, found: tuple[Segment, ...], moment: int) -> int:
    """The bucket that a moment (Unix seconds) lies in."""
    segment = next(each for each in reversed(found) if moment >= each.start)
    local = moment + segment.offset
    if granularity is Granularity.MINUTE:
        return moment - moment % 60
    if granularity is Granularity.HOUR:
        return max(moment - local % 3600, segment.start)
    return _first_day(granularity, local // DAY)


def _first_day(granularity: Granularity, day: int) -> int:
    if granularity is Granularity.WEEK:
        return day - (day + 3) % 7  # 1970-01-01 was a Thursday
    if granularity is Granularity.MONTH:
        return (_date(day).replace(day=1) - EPOCH).days
    return day


def keys(granularity: Granularity, tz: ZoneInfo, start: int, end: int, most: int) -> list[int]:
    """The buckets of [start, end), ascending; at most ``most`` and one more."""
    walk = _hours if granularity in IN_SECONDS else _days
    found: list[int] = []
    for each in walk(granularity, stretches(tz, start, end), start, end):
        if not found or each > found[-1]:
            found.append(each)
        if len(found) > most:
            break
    return found


def _hours(
    granularity: Granularity, found: tuple[Segment, ...], start: int, end: int
) -> Iterator[int]:
    width = granularity.seconds or 0
    for segment in found:
        moment = max(segment.start, start)
        while moment < min(segment.end, end):
            yield key(granularity, found, moment)
            moment += width - (moment + segment.offset) % width


def _days(
    granularity: Granularity, found: tuple[Segment, ...], start: int, end: int
) -> Iterator[int]:
    for segment in found:
        first, last = max(segment.start, start), min(segment.end, end) - 1
        if first <= last:
            for day in range((first + segment.offset) // DAY, (last + segment.offset) // DAY + 1):
                yield _first_day(granularity, day)


def label(granularity: Granularity, tz: ZoneInfo, key: int) -> datetime:
    """When the bucket starts, in the report's time zone."""
    if granularity in IN_SECONDS:
        return datetime.fromtimestamp(key, tz)
    midnight = datetime.combine(_date(key), time(), tz)
    return midnight.astimezone(UTC).astimezone(tz)  # where the clocks skip midnight: 01:00


def _date(day: int) -> date:
    return EPOCH + timedelta(days=day)
