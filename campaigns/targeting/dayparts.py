"""Dayparts: reading them, writing them, and the minutes of the week that they cover."""

import re
from collections.abc import Iterable, Iterator

from campaigns.targeting.problems import Problems, shown
from campaigns.targeting.rules import MINUTES_PER_DAY, MINUTES_PER_WEEK, WEEKDAYS, Daypart

FIELDS = frozenset({"days", "from", "to"})
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DAY_NAMES = {
    **{day: day for day in WEEKDAYS},
    "monday": "mon",
    "tuesday": "tue",
    "wednesday": "wed",
    "thursday": "thu",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
}


def read_daypart(data: object, path: str, problems: Problems) -> Daypart | None:
    """The daypart in `{"days": […], "from": "HH:MM", "to": "HH:MM"}`; None after a problem."""
    if not isinstance(data, dict) or not data.keys() <= FIELDS:
        example = '{"days": ["mon", "tue"], "from": "09:00", "to": "17:30"}'
        problems.add(path, f"daypart: {shown(data)} is not understood; write it as {example}")
        return None
    days = _read_days(data.get("days"), f"{path}.days", problems)
    start = _read_clock(data.get("from"), f"{path}.from", problems)
    end = _read_clock(data.get("to"), f"{path}.to", problems)
    if days is None or start is None or end is None:
        return None
    return _window(days, start, end, path, problems)


def _window(
    days: frozenset[str], start: int, end: int, path: str, problems: Problems
) -> Daypart | None:
    if start == MINUTES_PER_DAY:
        problems.add(f"{path}.from", "daypart: 'from' cannot be 24:00; write 00:00 of the next day")
        return None
    if start == end:
        at = clock(start)
        hint = "for the whole day write 00:00 to 24:00"
        problems.add(path, f"daypart: it starts and ends at {at}; {hint}")
        return None
    return Daypart(days, start, end or MINUTES_PER_DAY)


def _read_days(data: object, path: str, problems: Problems) -> frozenset[str] | None:
    names = [data] if isinstance(data, str) else data
    if not isinstance(names, list | tuple) or not names:
        problems.add(path, "daypart: name at least one day, such as mon")
        return None
    days = [
        _DAY_NAMES.get(name.strip().lower()) if isinstance(name, str) else None for name in names
    ]
    for index, day in enumerate(days):
        if day is None:
            known = ", ".join(WEEKDAYS)
            message = f"daypart: {shown(names[index])} is not a day; write one of {known}"
            problems.add(f"{path}[{index}]", message)
    known_days = frozenset(day for day in days if day is not None)
    return None if None in days else known_days


def _read_clock(data: object, path: str, problems: Problems) -> int | None:
    found = _CLOCK.fullmatch(data.strip()) if isinstance(data, str) else None
    if found:
        minutes = int(found[1]) * 60 + int(found[2])
        if int(found[2]) < 60 and minutes <= MINUTES_PER_DAY:  # noqa: PLR2004  minutes of an hour
            return minutes
    problems.add(path, f"daypart: {shown(data)} is not a time; write it as 09:00, up to 24:00")
    return None


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def week_order(days: Iterable[str]) -> list[str]:
    return sorted(days, key=WEEKDAYS.index)


def covers(daypart: Daypart, weekday: int, minute: int) -> bool:
    """Whether the window holds at `minute` (of the day) of `weekday` (0 is Monday)."""
    start, end = daypart.start_minute, daypart.end_minute
    today = WEEKDAYS[weekday] in daypart.days
    if start < end:
        return today and start <= minute < end
    yesterday = WEEKDAYS[weekday - 1] in daypart.days
    return (today and minute >= start) or (yesterday and minute < end)


def spans(daypart: Daypart) -> Iterator[range]:
    """The minutes of the week that the window covers, as ranges that may pass the week's end."""
    overnight = MINUTES_PER_DAY if daypart.end_minute <= daypart.start_minute else 0
    for day in daypart.days:
        midnight = WEEKDAYS.index(day) * MINUTES_PER_DAY
        yield range(midnight + daypart.start_minute, midnight + daypart.end_minute + overnight)


def week_bitmap(dayparts: Iterable[Daypart]) -> bytes:
    """One bit for each minute of the week, lowest bit first: 1,260 bytes."""
    bitmap = bytearray(MINUTES_PER_WEEK // 8)
    for daypart in dayparts:
        for span in spans(daypart):
            for moment in span:
                minute = moment % MINUTES_PER_WEEK
                bitmap[minute >> 3] |= 1 << (minute & 7)
    return bytes(bitmap)
