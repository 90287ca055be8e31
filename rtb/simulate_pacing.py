"""Simulated days of requests, auctions and late bills, to watch pacing at work (pure).

Traffic has a daily wave, weekends, noise, bursts, a day that loses four tenths without warning,
and a first day of which nothing is known. Every line item has a win rate, scattered prices, holds
that lost auctions give back, and bills that come within a minute.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import cos, exp, pi
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from adplatform.money import Micros
from rtb.pacing import Observation, PaceState, next_rate
from rtb.plan import Flight, Plan, day_of, midnight, plan_day
from rtb.plot import Panel, Series

TICK: Final = timedelta(seconds=30)
EXPIRY_TICKS: Final = 2  # a hold without a notice ends after a minute
SILENT_LOSSES: Final = 0.1  # lost bids that nobody tells us of
PRICE_SPREAD: Final = 0.35  # standard deviation of the logarithm of a clearing price
FEWEST: Final = 20  # impressions an hour from which on an hour is compared with its plan
WEEKEND: Final = 0.7


@dataclass(frozen=True, slots=True)
class Line:
    """``traffic``: mean requests a second; the budget is a share of what all of it would cost."""

    name: str
    traffic: float
    budget: Micros
    cpm: Micros
    win_rate: float = 0.3
    starts: timedelta = timedelta(0)  # after the first midnight

    @property
    def hold(self) -> int:
        return self.cpm // 1000


@dataclass(frozen=True, slots=True)
class Day:
    """What one line item did on one local day; ``hours`` are spent and planned micros."""

    line: str
    date: date
    hours_of_day: float
    budget: Micros
    spent: Micros
    impression: float  # micros
    affordable: float  # the budget's share of what all traffic would have cost
    hours: tuple[tuple[float, float], ...]
    gap_minutes: float  # the longest time without spend in the first three hours
    usual_gap_minutes: float  # between two impressions, at those hours' plan

    @property
    def spent_share(self) -> float:
        return self.spent / self.budget

    @property
    def worst_hour(self) -> float:
        """The largest ratio of an hour's spend to its plan, where chance has little to say."""
        least = FEWEST * self.impression
        return max((spent / plan for spent, plan in self.hours if plan >= least), default=0.0)


def usual_lines() -> tuple[Line, ...]:
    """Large and small ones, with much, little and hardly enough traffic for their budgets."""
    return (
        _line("large", 50, share=0.3),
        _line("much traffic", 500, share=0.01),
        _line("hardly enough", 20, share=0.7),
        _line("wins rarely", 20, share=0.3, win_rate=0.03),
        _line("wins nearly always", 5, share=0.4, win_rate=0.9),
        _line("starts at noon", 10, share=0.3, starts=timedelta(hours=12)),
        _line("small", 0.5, share=0.1),
        _line("very small", 0.05, share=0.3, cpm=5_000_000),
    )


def _line(
    name: str,
    traffic: float,
    *,
    share: float,
    cpm: int = 2_000_000,
    win_rate: float = 0.3,
    starts: timedelta = timedelta(0),
) -> Line:
    """With a budget of so much of what a mean day's traffic would cost."""
    cost = traffic * 86_400 * win_rate * 0.7 * (cpm // 1000)
    return Line(name, traffic, Micros(int(cost * share)), Micros(cpm), win_rate, starts)


@dataclass(slots=True)
class _Run:
    """A line item's money while the simulation runs."""

    line: Line
    rng: np.random.Generator
    state: PaceState | None = None
    plan: Plan | None = None
    spent: int = 0
    held: int = 0
    bills: deque[tuple[int, int]] = field(default_factory=lambda: deque([(0, 0)] * 3))
    requests: dict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    spends: list[tuple[datetime, int]] = field(default_factory=list)
    worth: float = 0.0


def simulate(
    lines: Sequence[Line], first: date, days: int, zone: ZoneInfo, seed: int
) -> Iterator[Day]:
    """Each line item's days, in their order."""
    seeds = np.random.SeedSequence(seed).spawn(len(lines) + 1)
    moments = _moments(first, days, zone)
    traffic = _traffic(moments, first, zone, np.random.default_rng(seeds[0]))
    for line, own in zip(lines, seeds[1:], strict=True):
        run = _Run(line, np.random.default_rng(own))
        for day in range(days):
            today = first + timedelta(days=day)
            yield _day(run, today, zone, first, traffic)


def _moments(first: date, days: int, zone: ZoneInfo) -> list[datetime]:
    start, end = midnight(first, zone), midnight(first + timedelta(days=days), zone)
    return [start + TICK * n for n in range((end - start) // TICK)]


def _traffic(
    moments: Sequence[datetime], first: date, zone: ZoneInfo, rng: np.random.Generator
) -> dict[datetime, float]:
    """Requests at each moment as a multiple of the mean: wave, weekend, noise, bursts, a loss."""
    noise, burst, made = 0.0, 1.0, {}
    lean = first + timedelta(days=3)
    for at in moments:
        local = at.astimezone(zone)
        noise = 0.98 * noise + rng.normal(0, 0.03)
        if rng.random() < 1 / 1500:  # two a day
            burst = 3.0
        burst = 1 + (burst - 1) * 0.97
        level = WEEKEND if local.weekday() >= 5 else 1.0  # noqa: PLR2004 - Saturday
        level *= 0.6 if local.date() == lean else 1.0
        made[at] = level * wave(local.hour + local.minute / 60) * exp(noise) * burst
    return made


def wave(hour: float) -> float:
    """A day's traffic around its mean of 1: quiet at four, busy at twenty-one o'clock."""
    evening, noon = cos((hour - 21) / 24 * 2 * pi), cos((hour - 13) / 12 * 2 * pi)
    return 1 + 0.6 * evening + 0.2 * noon


def _day(
    run: _Run, today: date, zone: ZoneInfo, first: date, traffic: dict[datetime, float]
) -> Day:
    now = midnight(today, zone)
    start, end = day_of(now, zone)
    flight = Flight(
        midnight(first, zone) + run.line.starts, start + timedelta(days=90), run.line.budget
    )
    run.plan = plan_day(now, zone, flight, run.requests)
    run.spent, run.spends, run.worth = 0, [], 0.0
    while now < end:
        _tick(run, now, traffic[now])
        now += TICK
    return _report(run, today, start, end)


def _tick(run: _Run, now: datetime, level: float) -> None:
    """The pacing job, then half a minute of auctions."""
    if run.plan is None or now < run.plan.start_at:
        return
    _settle(run, now)
    seen = Observation(run.spent, run.held, _held_share(run.line), _impression(run.line))
    run.state = next_rate(run.state, seen, run.plan, now)
    count = int(run.rng.poisson(run.line.traffic * level * TICK.total_seconds()))
    run.requests[_quarter(now)] += count
    run.worth += count * run.line.win_rate * _impression(run.line)
    wanted = int(run.rng.binomial(count, run.state.rate))
    free = (run.plan.budget - run.spent - run.held) // run.line.hold
    _auctions(run, min(wanted, max(free, 0)))


def _auctions(run: _Run, bids: int) -> None:
    """Hold every bid; the wins' bills come in this or one of the next two half minutes."""
    wins = int(run.rng.binomial(bids, run.line.win_rate))
    silent = int(run.rng.binomial(bids - wins, SILENT_LOSSES))
    run.held += (wins + silent) * run.line.hold
    for place, bills in enumerate(run.rng.multinomial(wins, (0.4, 0.4, 0.2))):
        paid = _paid(run, int(bills))
        released = int(bills) * run.line.hold + (silent * run.line.hold if place == 2 else 0)  # noqa: PLR2004
        owed, held = run.bills[place]
        run.bills[place] = (owed + paid, held + released)


def _paid(run: _Run, wins: int) -> int:
    scattered = run.rng.lognormal(-0.35, PRICE_SPREAD, wins)
    return int(np.floor(np.minimum(scattered, 1.0) * run.line.hold).sum())


def _settle(run: _Run, now: datetime) -> None:
    paid, released = run.bills.popleft()
    run.bills.append((0, 0))
    run.spent += paid
    run.held -= released
    if paid:
        run.spends.append((now, paid))


def _impression(line: Line) -> float:
    return 0.7 * line.hold


def _held_share(line: Line) -> float:
    """Of the holds that are still there, mostly wins' and the silent losses'."""
    silent = (1 - line.win_rate) * SILENT_LOSSES
    return 0.7 * line.win_rate / (line.win_rate + silent)


def _quarter(now: datetime) -> datetime:
    return now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)


def _report(run: _Run, today: date, start: datetime, end: datetime) -> Day:
    plan = run.plan
    assert plan is not None  # noqa: S101 - simulated flights have no gaps
    spent_by: dict[int, int] = defaultdict(int)
    for at, paid in run.spends:
        spent_by[(at - start) // timedelta(hours=1)] += paid
    hours = tuple(
        (float(spent_by[n]), plan.due(begin + timedelta(hours=1)) - plan.due(begin))
        for n in range((end - start) // timedelta(hours=1))
        if (begin := start + timedelta(hours=n)) >= plan.start_at
    )
    night = plan.due(plan.start_at + timedelta(hours=3)) / _impression(run.line)
    return Day(
        line=run.line.name,
        date=today,
        hours_of_day=(end - start) / timedelta(hours=1),
        budget=plan.budget,
        spent=Micros(run.spent),
        impression=_impression(run.line),
        affordable=plan.budget / run.worth if run.worth else 0.0,
        hours=hours,
        gap_minutes=_gap(run, plan.start_at),
        usual_gap_minutes=180 / night if night else 0.0,
    )


def _gap(run: _Run, start: datetime) -> float:
    until = start + timedelta(hours=3)
    moments = [start, *(at for at, _ in run.spends if at < until), until]
    return max(until - since for since, until in pairwise(moments)).total_seconds() / 60


def as_row(day: Day) -> str:
    """One line of the table."""
    return (
        f"{day.line:<20}{day.date} {day.hours_of_day:>3.0f} h{day.affordable:>9.0%}"
        f"{day.spent_share:>9.1%}{day.worst_hour:>8.2f}{day.gap_minutes:>8.1f}"
        f"{day.usual_gap_minutes:>8.1f}"
    )


HEADING: Final = (
    f"{'line item':<20}{'day':<16}{'needed':>9}{'spent':>8}{'hour':>8}{'gap':>8}{'usual':>8}"
)


def panels(days: Sequence[Day], names: Sequence[str]) -> list[Panel]:
    """Spend and plan by the hour, of the first and the last day of these line items."""
    found = []
    for name in names:
        own = [day for day in days if day.line == name]
        for day in (own[0], own[-1]):
            spent = [(float(n), spent / 1e6) for n, (spent, _) in enumerate(day.hours)]
            planned = [(float(n), planned / 1e6) for n, (_, planned) in enumerate(day.hours)]
            series = (Series("spent", spent), Series("planned", planned, dashed=True))
            title = f"{name}, {day.date} ({day.hours_of_day:.0f} h)"
            found.append(Panel(title, series, "hour of the day", "units of currency an hour"))
    return found
