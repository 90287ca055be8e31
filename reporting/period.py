"""The period of a report: dates, datetimes, words such as last_7_days, in its time zone; pure."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from reporting.query import Period

DEFAULT_PERIOD: Final = timedelta(days=7)
LONGEST_PERIOD: Final = timedelta(days=3660)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
NOT_PLACES: Final = frozenset({"Factory", "localtime"})  # of the tz database, no places
WORDS: Final = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month")
_LAST_DAYS: Final = re.compile(r"last_([1-9][0-9]{0,3})_days")


class BadPeriod(Exception):
    """A bound, or both together, cannot be used; ``field`` is ``from`` or ``to``."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def zone(text: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ValueError: there is none.
    """
    if text not in available_timezones() or text in NOT_PLACES:
        raise ValueError(f"{text[:64]!r} is not an IANA time zone such as America/Toronto")
    return ZoneInfo(text)


def bounded(start: datetime, end: datetime) -> Period:
    """The period, if it is one.

    Raises:
        BadPeriod: it is empty or too long.
    """
    if start >= end:
        raise BadPeriod("from", "must be before `to` (which is not included)")
    if end - start > LONGEST_PERIOD:
        raise BadPeriod("from", f"at most {LONGEST_PERIOD.days} days before `to`")
    return Period(start, end)


def moment(text: str, tz: ZoneInfo) -> datetime:
    """A date is its midnight in ``tz``; a datetime without a zone is in ``tz``.

    A later blank is the + of an offset that was not percent-encoded.

    Raises:
        ValueError: it is neither, or lies outside the years that events can have.
    """
    try:
        parsed = _parsed(text[:10] + text[10:11].replace(" ", "T") + text[11:].replace(" ", "+"))
        local = parsed if parsed.tzinfo else parsed.replace(tzinfo=tz)
        found = local.astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(
            f"{text[:40]!r} is neither a date (2026-11-21) nor an ISO 8601 datetime"
        ) from exc
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"must lie between {EARLIEST.date()} and {LATEST.date()}")
    return found


def _parsed(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time())
    except ValueError:
        return datetime.fromisoformat(text)


def minute_down(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def minute_up(moment: datetime) -> datetime:
    floor = minute_down(moment)
    return floor if floor == moment else floor + MINUTE


def named(word: str, tz: ZoneInfo, now: datetime) -> Period | None:
    """The period that the word means today; None where it is no such word.

    What is called ``this`` or ``today`` ends with the current minute; the others are whole days
    before today.
    """
    today = now.astimezone(tz).date()
    until_now = minute_up(now)
    since = {
        "today": today,
        "this_week": _monday(today),
        "this_month": today.replace(day=1),
    }
    if word in since:
        return Period(midnight(since[word], tz), until_now)
    days = _whole_days(word, today)
    return None if days is None else Period(midnight(days[0], tz), midnight(days[1], tz))


def _whole_days(word: str, today: date) -> tuple[date, date] | None:
    """The first day, and the day after the last."""
    if word == "yesterday":
        return today - DAY, today
    if word == "last_week":
        return _monday(today) - 7 * DAY, _monday(today)
    if word == "last_month":
        first = today.replace(day=1)
        return (first - DAY).replace(day=1), first
    found = _LAST_DAYS.fullmatch(word)
    return (today - int(found[1]) * DAY, today) if found else None


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def midnight(day: date, tz: ZoneInfo) -> datetime:
    """When the day begins in the zone, in UTC."""
    return datetime.combine(day, time(), tz).astimezone(UTC)


def previous(period: Period, tz: ZoneInfo) -> Period:
    """As long a period just before: as many local days where it begins at a local midnight."""
    start, end = period.start.astimezone(tz), period.end.astimezone(tz)
    if start.time() != time():
        length = period.end - period.start
        return Period(period.start - length, period.start)
    days = (end.date() - start.date()).days + (end.time() != time())
    return Period(_shifted(start, days), _shifted(end, days))


def year_before(period: Period, tz: ZoneInfo) -> Period:
    """The same local dates and times one year earlier; 29 February becomes the 28th."""
    return Period(
        _year_before(period.start.astimezone(tz)), _year_before(period.end.astimezone(tz))
    )


def _shifted(local: datetime, days: int) -> datetime:
    return (local - days * DAY).astimezone(UTC)  # the same time of day, whatever the clocks did


def _year_before(local: datetime) -> datetime:
    try:
        return local.replace(year=local.year - 1).astimezone(UTC)
    except ValueError:
        return local.replace(year=local.year - 1, day=28).astimezone(UTC)
