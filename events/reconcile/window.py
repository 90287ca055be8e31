"""Which hours and days are compared, and what of them can be: times are Unix seconds (pure)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from events.tiers import DAY, Tier

HOUR: Final = 3600
DAY_SECONDS: Final = 86_400
WEEK: Final = 7 * DAY_SECONDS
MARGIN: Final = HOUR  # rows expire while we look
CLOSED_AFTER: Final = timedelta(days=8)  # events may be 7 days late


@dataclass(frozen=True, slots=True)
class Window:
    """From the start of a UTC day to the start of an hour."""

    since: int
    until: int

    def weeks(self) -> Iterator["Window"]:
        """It in pieces of seven days, so that what is compared at once fits into memory."""
        for first in range(self.since, self.until, WEEK):
            yield Window(first, min(first + WEEK, self.until))

    def whole_days(self) -> "Window":
        """It to the end of its last day."""
        return Window(self.since, self.until + -self.until % DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class Horizon:
    """The first moment that can be compared: before it raw rows or counts may have expired."""

    since: int = 0
    tenants: Mapping[int, int] = field(default_factory=dict)  # those that begin later

    def sql(self, period: str) -> str:
        """The condition that a period lies within it."""
        if not self.tenants:
            return f"{period} >= {self.since}"
        ids, moments = zip(*sorted(self.tenants.items()), strict=True)
        return f"{period} >= transform(tenant_id, {list(ids)}, {list(moments)}, {self.since})"


def window(since: datetime, until: datetime) -> Window:
    """The window that contains both: ``since`` goes down to its day, ``until`` up to an hour.

    Raises:
        ValueError: ``since`` is not before ``until``.
    """
    if since >= until:
        raise ValueError(f"since {since.isoformat()} is not before until {until.isoformat()}")
    first, last = int(since.timestamp()), -int(-until.timestamp() // HOUR)
    return Window(first - first % DAY_SECONDS, last * HOUR)


def width(tier: Tier) -> int:
    """The length of the periods in which a tier is compared: days or hours."""
    return DAY_SECONDS if tier is DAY else HOUR


def month(period: int) -> int:
    """The partition of a moment, as YYYYMM."""
    moment = datetime.fromtimestamp(period, UTC)
    return moment.year * 100 + moment.month


def month_bounds(partition: int) -> Window:
    """The first and the last moment of a partition."""
    year, number = divmod(partition, 100)
    first = datetime(year, number, 1, tzinfo=UTC)
    last = (first + timedelta(days=32)).replace(day=1)
    return Window(int(first.timestamp()), int(last.timestamp()))


def is_closed(partition: int, now: datetime) -> bool:
    """Whether no event of this month can come any more."""
    return month_bounds(partition).until + CLOSED_AFTER.total_seconds() < now.timestamp()


def reconciled_until(checked: Window, bad: Iterable[int], before: int | None, settled: int) -> int:
    """The end of an unbroken row of hours without a difference.

    Args:
        checked: the hours that were compared.
        bad: starts of hours that differ.
        before: what the last run found; a window that begins after it cannot extend it.
        settled: no hour that ends after this moment counts.
    """
    if before is not None and before < checked.since:
        return before
    end = min(checked.until, settled - settled % HOUR)
    good = max(checked.since if before is None else before, end)
    return min(good, *bad, good)


def hours_of(tier: Tier, periods: Collection[int]) -> set[int]:
    """The hours that lie in these periods of a tier."""
    return {hour for start in periods for hour in range(start, start + width(tier), HOUR)}
