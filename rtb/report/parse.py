"""From a query string to what a bidding report is asked for (pure)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from rtb.report.ask import DEFAULT_LIMIT, By

DEFAULT_PERIOD: Final = timedelta(days=7)
LONGEST_PERIOD: Final = timedelta(days=400)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
MAX_LIMIT: Final = 10_000
ID_MAX: Final = 2**63 - 1

Fields = Mapping[str, Sequence[str]]
Value = TypeVar("Value")


class BadParameters(Exception):
    """Parameters that cannot be used, each with what is allowed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Asked:
    """What both reports take; ``end`` is not included."""

    start: datetime
    end: datetime
    by: tuple[By, ...]
    limit: int
    line_item_id: int | None
    ssp_id: int | None


def parse(fields: Fields, known: frozenset[str], tz: ZoneInfo, now: datetime) -> Asked:
    """``known`` are the names that the report takes; dates are days in ``tz``.

    Raises:
        BadParameters: names every field that is wrong.
    """
    errors = {name: "no such parameter" for name in fields if name not in known}

    def one(name: str, read: Callable[[str], Value], default: Value) -> Value:
        texts = fields.get(name, ())
        if len(texts) > 1:
            errors[name] = "give it once"
        try:
            return read(texts[0]) if texts else default
        except ValueError as exc:
            errors[name] = str(exc)
            return default

    end = one("end", lambda text: _moment(text, tz), _minute_up(now))
    asked = Asked(
        start=one("start", lambda text: _moment(text, tz), end - DEFAULT_PERIOD),
        end=end,
        by=one("group_by", _by, ()),
        limit=one("limit", lambda text: _whole(text, MAX_LIMIT), DEFAULT_LIMIT),
        line_item_id=one("line_item_id", lambda text: _whole(text, ID_MAX), None),
        ssp_id=one("ssp_id", lambda text: _whole(text, ID_MAX), None),
    )
    if not errors and asked.start >= asked.end:
        errors["start"] = "must be before `end` (which is not included)"
    if not errors and asked.end - asked.start > LONGEST_PERIOD:
        errors["start"] = f"at most {LONGEST_PERIOD.days} days before `end`"
    if errors:
        raise BadParameters(errors)
    return asked


def _moment(text: str, tz: ZoneInfo) -> datetime:
    """A date is its midnight in ``tz``; a time without a zone is in ``tz``; whole minutes."""
    problem = f"{text[:40]!r} is neither a date (2026-11-21) nor an ISO 8601 datetime"
    try:
        parsed = _parsed(text.replace(" ", "+"))  # an offset's + that was not percent-encoded
        found = (parsed if parsed.tzinfo else parsed.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise ValueError(problem) from exc
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"must lie between {EARLIEST.date()} and {LATEST.date()}")
    return found.replace(second=0, microsecond=0)


def _parsed(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time())
    except ValueError:
        return datetime.fromisoformat(text)


def _minute_up(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _by(text: str) -> tuple[By, ...]:
    words = [word for word in text.split(",") if word]
    unknown = [word for word in words if word not in set(By)]
    if unknown:
        raise ValueError(f"{unknown[0][:40]!r} is none of {', '.join(By)}")
    return tuple(dict.fromkeys(By(word) for word in words))


def _whole(text: str, most: int) -> int:
    number = int(text[:20]) if text.isascii() and text.isdecimal() else 0
    if not 1 <= number <= most:
        raise ValueError(f"a whole number from 1 to {most}")
    return number
