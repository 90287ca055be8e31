"""A day's spending plan: how much of the budget should be gone by when (pure).

Everything counts in quarter hours of real time between two local midnights, so a day of 23 or 25
hours needs no special case. Traffic is learned from requests, never from impressions: those follow
our own pacing.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

from adplatform.money import Micros

QUARTER: Final = timedelta(minutes=15)
QUARTERS: Final = 96  # of a mean day
LEARN_DAYS: Final = 7
SAME_WEEKDAY: Final = 3.0  # a day of the same name counts as much as so many others
EVEN_REQUESTS: Final = 20.0  # the even curve weighs as much as so many requests a quarter hour
FINISH: Final = (0.75, 0.1)  # the last quarter hours' share of the plan: what is late still fits


Requests = Mapping[datetime, int]  # eligible requests by the UTC start of their quarter hour


@dataclass(frozen=True, slots=True)
class Flight:
    """What limits the spend of a line item or a campaign; ``before`` is spent before today."""

    start_at: datetime
    end_at: datetime
    daily: Micros | None = None
    total: Micros | None = None
    before: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Spend ``budget`` between ``start_at`` and ``end_at``, in step with the expected traffic.

    ``bounds`` are the ends of the day's quarter hours. ``traffic`` runs up, bound by bound, to the
    requests expected of the day, as a share of a mean day's; ``planned`` to what the plan uses of
    them. ``requests`` are a mean day's, 0 when nothing is known.
    """

    budget: Micros
    bounds: tuple[datetime, ...]
    traffic: tuple[float, ...]
    planned: tuple[float, ...]
    requests: float = 0.0

    @property
    def start_at(self) -> datetime:
        return self.bounds[0]

    @property
    def end_at(self) -> datetime:
        return self.bounds[-1]

    def due(self, now: datetime) -> float:
        """Micros that should be spent by ``now``."""
        return self.budget * self._at(self.planned, now) / self.planned[-1]

    def left(self, now: datetime) -> float:
        """The planned traffic that is still to come, as a share of a mean day's."""
        return self.planned[-1] - self._at(self.planned, now)

    def traffic_between(self, since: datetime, until: datetime) -> float:
        """The traffic expected in that time, as a share of a mean day's."""
        return self._at(self.traffic, until) - self._at(self.traffic, since)

    def _at(self, totals: Sequence[float], now: datetime) -> float:
        index = bisect_right(self.bounds, now)
        if index in {0, len(self.bounds)}:
            return totals[0] if index == 0 else totals[-1]
        since, until = self.bounds[index - 1], self.bounds[index]
        before, after = totals[index - 1], totals[index]
        return before + (after - before) * ((now - since) / (until - since))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of the zone's day, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_of(now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moments of the zone's current day and of the next, in UTC."""
    today = now.astimezone(zone).date()
    return midnight(today, zone), midnight(today + timedelta(days=1), zone)


def plan_day(now: datetime, zone: ZoneInfo, flight: Flight, requests: Requests) -> Plan | None:
    """The plan of today's part of the flight; None where there is none, or no budget at all."""
    day_start, day_end = day_of(now, zone)
    start_at, end_at = max(day_start, flight.start_at), min(day_end, flight.end_at)
    earlier = {at: n for at, n in requests.items() if at < day_start}  # the plan of a day stands
    budget = budget_of_day(flight, start_at, end_at)
    if budget is None or start_at >= end_at:
        return None
    bounds = _bounds(start_at, end_at)
    traffic, mean_day = forecast(bounds, zone, earlier)
    return Plan(
        budget=budget,
        bounds=bounds,
        traffic=(0.0, *accumulate(traffic)),
        planned=(0.0, *accumulate(_finish_early(traffic))),
        requests=mean_day,
    )


def budget_of_day(flight: Flight, start_at: datetime, end_at: datetime) -> Micros | None:
    """Of this day's part of the flight: the daily budget, but no more than the total still holds.

    Without a daily budget the rest of the total is spread over the time that is left.
    """
    if flight.total is None:
        return flight.daily
    rest = max(flight.total - flight.before, 0)
    if flight.daily is not None:
        return Micros(min(flight.daily, rest))
    left = flight.end_at - start_at
    return Micros(round(rest * ((end_at - start_at) / left))) if left > timedelta(0) else None


def forecast(
    bounds: Sequence[datetime], zone: ZoneInfo, requests: Requests
) -> tuple[tuple[float, ...], float]:
    """What to expect between two bounds each, as a share of a mean day's requests; and those.

    The mean of the last seven days at the same time of day, where the same weekday counts
    three-fold; each pulled towards the even curve as if EVEN_REQUESTS had been seen there.
    """
    parts = [(until - since) / QUARTER for since, until in pairwise(bounds)]
    known = {at: n for at, n in requests.items() if at >= bounds[0] - timedelta(days=LEARN_DAYS)}
    mean = sum(known.values()) / _span(known)
    if mean <= 0:
        return tuple(part / QUARTERS for part in parts), 0.0
    expected = [_expected(_quarter(at).astimezone(zone), known, mean) for at in bounds[:-1]]
    shares = (part * n / (mean * QUARTERS) for part, n in zip(parts, expected, strict=True))
    return tuple(shares), mean * QUARTERS


def _span(known: Requests) -> float:
    """How many quarter hours the known requests stand for."""
    if not known:
        return 1.0
    return max((max(max(known) + QUARTER, min(known)) - min(known)) / QUARTER, 1.0)


def _expected(local: datetime, known: Requests, mean: float) -> float:
    first, last = min(known), max(known)
    seen, weight = EVEN_REQUESTS, EVEN_REQUESTS / mean
    for days in range(1, LEARN_DAYS + 1):
        same_time = (local - timedelta(days=days)).astimezone(UTC)  # by the clock on the wall
        if first <= same_time <= last:
            factor = SAME_WEEKDAY if days == LEARN_DAYS else 1.0
            seen += factor * known.get(same_time, 0)
            weight += factor
    return seen / weight


def _bounds(start_at: datetime, end_at: datetime) -> tuple[datetime, ...]:
    first = _quarter(start_at.astimezone(UTC))
    inner = (first + QUARTER * n for n in range(1, -((first - end_at) // QUARTER)))
    return (start_at.astimezone(UTC), *inner, end_at.astimezone(UTC))


def _quarter(at: datetime) -> datetime:
    """The start of its quarter hour; every time zone's midnight is one."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _finish_early(traffic: Sequence[float]) -> tuple[float, ...]:
    planned = list(traffic)
    if len(planned) > 2 * len(FINISH):
        for place, factor in enumerate(FINISH, start=len(planned) - len(FINISH)):
            planned[place] *= factor
    return tuple(planned)
