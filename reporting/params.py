"""From the fields of a query string to a ``ReportQuery``; pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from reporting.dimensions import IN_TIERS, Dimension
from reporting.period import (
    DEFAULT_PERIOD,
    BadPeriod,
    bounded,
    minute_down,
    minute_up,
    moment,
    zone,
)
from reporting.query import COUNTS, RATIOS, Granularity, Order, Period, ReportQuery

DEFAULT_LIMIT: Final = 1000
MAX_LIMIT: Final = 10_000
MAX_OFFSET: Final = 10_000_000
MAX_FILTER_VALUES: Final = 500
ID_MAX: Final = 2**63 - 1
AD_ID_CHARS: Final = 512
FIELDS: Final = frozenset(
    {"tenant_id", "from", "to", "tz", "group_by", "granularity", "order", "limit", "offset"}
    | {"output", "format"}
    | {dimension.column for dimension in IN_TIERS}
)

Fields = Mapping[str, Sequence[str]]
Value = TypeVar("Value")


class BadParameters(Exception):
    """Parameters that cannot be used, each with what is allowed."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in errors.items()))
        self.errors = dict(errors)


def parse(fields: Fields, *, tenant_id: int, default_tz: str, now: datetime) -> ReportQuery:
    """The query that the fields ask for.

    Raises:
        BadParameters: names every field that is wrong.
    """
    reading = _Reading(fields)
    reading.refuse_unknown()
    tz = reading.one("tz", zone) or ZoneInfo(default_tz)
    period = _period(reading, tz, now)
    dimensions, granularity = _groups(reading)
    order = reading.every("order", lambda word: _order(word, dimensions, granularity))
    query = ReportQuery(
        tenant_id=tenant_id,
        start=period.start,
        end=period.end,
        tz=tz,
        dimensions=dimensions,
        granularity=granularity,
        filters=_filters(reading),
        order=tuple(order),
        limit=reading.one("limit", lambda text: _whole(text, 1, MAX_LIMIT)) or DEFAULT_LIMIT,
        offset=reading.one("offset", lambda text: _whole(text, 0, MAX_OFFSET)) or 0,
    )
    reading.finish()
    return query


class _Reading:
    """The fields as they are read; collects what is wrong with them."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.errors: dict[str, str] = {}

    def refuse_unknown(self) -> None:
        for name in self.fields:
            if name not in FIELDS:
                self.errors[name] = f"unknown parameter; allowed: {', '.join(sorted(FIELDS))}"

    def one(self, name: str, read: Callable[[str], Value]) -> Value | None:
        """A field given at most once; None when absent, empty or wrong."""
        texts = self.fields.get(name, ())
        if len(texts) > 1:
            self.errors[name] = "give it once"
        elif texts and texts[0]:
            return self._read(name, texts[0], read)
        return None

    def every(self, name: str, read: Callable[[str], Value]) -> list[Value]:
        """The values of a field that is repeated or has commas."""
        found = (self._read(name, word, read) for word in self.words(name))
        return [value for value in found if value is not None]

    def words(self, name: str) -> list[str]:
        parts = (part.strip() for text in self.fields.get(name, ()) for part in text.split(","))
        return [part for part in parts if part]

    def finish(self) -> None:
        if self.errors:
            raise BadParameters(self.errors)

    def _read(self, name: str, text: str, read: Callable[[str], Value]) -> Value | None:
        try:
            return read(text)
        except ValueError as exc:
            self.errors.setdefault(name, str(exc))
            return None


def _period(reading: _Reading, tz: ZoneInfo, now: datetime) -> Period:
    end = minute_up(reading.one("to", lambda text: moment(text, tz)) or now)
    start = reading.one("from", lambda text: moment(text, tz)) or end - DEFAULT_PERIOD
    start = minute_down(start)
    if not reading.errors.keys() & {"from", "to"}:
        try:
            return bounded(start, end)
        except BadPeriod as exc:
            reading.errors[exc.field] = str(exc)
    return Period(start, end)


def _groups(reading: _Reading) -> tuple[tuple[Dimension, ...], Granularity]:
    """``group_by`` takes dimensions and, as ``granularity`` does, one granularity."""
    words = reading.every("group_by", _group)
    dimensions = tuple(dict.fromkeys(word for word in words if isinstance(word, Dimension)))
    times = {word for word in words if isinstance(word, Granularity)}
    asked = reading.one("granularity", _granularity)
    times |= {asked} if asked else set()
    times -= {Granularity.NONE}
    if len(times) > 1:
        reading.errors["granularity"] = "give one granularity"
    return dimensions, next(iter(times), Granularity.NONE)


def _group(word: str) -> Dimension | Granularity:
    if word in list(Granularity):
        return Granularity(word)
    for dimension in IN_TIERS:
        if word in {dimension.value, dimension.column}:
            return dimension
    raise ValueError(_not_one_of(word, [*IN_TIERS, *Granularity]))


def _granularity(word: str) -> Granularity:
    if word not in list(Granularity):
        raise ValueError(_not_one_of(word, Granularity))
    return Granularity(word)


def _order(word: str, dimensions: Sequence[Dimension], granularity: Granularity) -> Order:
    key = word.removeprefix("-")
    names = {name: each.column for each in dimensions for name in (each.value, each.column)}
    names |= {name: name for name in (*COUNTS, *RATIOS)}
    if granularity is not Granularity.NONE:
        names["time"] = "time"
    if key not in names:
        raise ValueError(_not_one_of(key, names) + "; a leading - means descending")
    return Order(names[key], descending=word.startswith("-"))


def _filters(reading: _Reading) -> dict[Dimension, tuple[int | str, ...]]:
    found: dict[Dimension, tuple[int | str, ...]] = {}
    for dimension in IN_TIERS:
        values = reading.every(dimension.column, _text if dimension is Dimension.AD else _id)
        if len(values) > MAX_FILTER_VALUES:
            reading.errors[dimension.column] = f"at most {MAX_FILTER_VALUES} values"
        if values:
            found[dimension] = tuple(values)
    return found


def _id(text: str) -> int | str:
    return _whole(text, 0, ID_MAX)


def _text(text: str) -> int | str:
    if len(text) > AD_ID_CHARS:
        raise ValueError(f"at most {AD_ID_CHARS} characters")
    return text


def _whole(text: str, low: int, high: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= len(str(high)):
        number = int(text)
        if low <= number <= high:
            return number
    raise ValueError(f"{text[:40]!r} is not a whole number from {low} to {high}")


def _not_one_of(word: str, allowed: Iterable[str]) -> str:
    return f"{word[:64]!r} is none of {', '.join(allowed)}"


def output(fields: Fields) -> str:
    """``json`` (the default) or ``csv``, from ``output`` or ``format``.

    Raises:
        BadParameters: neither of them.
    """
    for name in ("output", "format"):
        words = set(fields.get(name, ())) - {""}
        if words - {"json", "csv"} or len(words) > 1:
            raise BadParameters({name: "must be json or csv"})
        if words:
            return words.pop()
    return "json"
