"""[FLOW] The funnel: how many users came how far, and how sure the rates are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from adplatform.intervals import wilson
from reporting import arrivals, ask, kept, queries, source
from reporting.figures import DIGITS
from reporting.freshness import Freshness
from reporting.funnel_query import FunnelQuery, Step

Levels = Mapping[int, int]


class StepResult(msgspec.Struct, frozen=True, kw_only=True):
    """Users who came as far as this step; ``rate`` is of those of the step before."""

    step: str
    users: int
    rate: float | None
    rate_interval: tuple[float, float] | None
    rate_of_first: float | None


class FunnelRow(msgspec.Struct, frozen=True, kw_only=True):
    """The funnel of one value of the dimension."""

    value: int | str
    steps: list[StepResult]


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """What the funnel endpoint answers."""

    tenant_id: int
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    timezone: str
    window_seconds: int
    strict_order: bool
    dimension: str | None
    totals: list[StepResult]
    rows: list[FunnelRow]
    events_without_user: dict[str, int]
    freshness: Freshness


def funnel(query: FunnelQuery) -> Funnel:
    """Users by step, in all and by value of the dimension.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
        NotKept: single events of the period have been removed.
        TooMuch: it needs more time or memory than one report may have.
    """
    freshness = arrivals.current(query.tenant_id)
    _refuse_removed(query)
    (anonymous,) = ask.rows(queries.without_user(query), query.tenant_id, "funnel")
    totals = _levels(replace(query, dimension=None)).get((), {})
    return Funnel(
        tenant_id=query.tenant_id,
        start=query.start.astimezone(query.tz).isoformat(),
        end=query.end.astimezone(query.tz).isoformat(),
        timezone=query.tz.key,
        window_seconds=query.window_seconds,
        strict_order=query.strict_order,
        dimension=None if query.dimension is None else query.dimension.value,
        totals=_steps(query, totals),
        rows=_rows(query),
        events_without_user=dict(zip(query.steps, map(int, anonymous), strict=True)),
        freshness=freshness,
    )


def _refuse_removed(query: FunnelQuery) -> None:
    now = datetime.now(UTC)
    have = kept.with_raw(kept.tiers(now), query.tenant_id, now)
    source.raw(int(query.start.timestamp()), int(query.end.timestamp()), have)


def _levels(query: FunnelQuery) -> Mapping[tuple[int | str, ...], Levels]:
    """Users by level, by the values of a group."""
    found: defaultdict[tuple[int | str, ...], dict[int, int]] = defaultdict(dict)
    for *group, level, users in ask.rows(queries.funnel(query), query.tenant_id, "funnel"):
        found[tuple(group)][int(level)] = int(users)
    return found


def _rows(query: FunnelQuery) -> list[FunnelRow]:
    """The values with the most users first."""
    if query.dimension is None:
        return []
    found = _levels(query)
    rows = [
        FunnelRow(value=group[0], steps=_steps(query, levels)) for group, levels in found.items()
    ]
    rows.sort(key=lambda row: (-row.steps[0].users, str(row.value)))
    return rows[: query.limit]


def _steps(query: FunnelQuery, levels: Levels) -> list[StepResult]:
    """Who came to a level has done every step below it."""
    reached = [
        sum(users for level, users in levels.items() if level > number)
        for number in range(len(query.steps))
    ]
    return [
        _step(step, reached, number, query.min_sample) for number, step in enumerate(query.steps)
    ]


def _step(step: Step, reached: Sequence[int], number: int, min_sample: int) -> StepResult:
    before = reached[number - 1] if number else 0
    users = reached[number]
    return StepResult(
        step=step.value,
        users=users,
        rate=_rate(users, before, min_sample),
        rate_interval=wilson(users, before),
        rate_of_first=_rate(users, reached[0], min_sample) if number else None,
    )


def _rate(users: int, of: int, min_sample: int) -> float | None:
    return round(users / of, DIGITS) if of and of >= min_sample else None
