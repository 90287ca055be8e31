"""One run of the reconciler: compare, wait until nothing moves, repair, compare again."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

from events import retention, ttl
from events.forgetting.requests import interrupted, one_at_a_time
from events.reconcile import checks, compare, record, repair
from events.reconcile.differences import Deltas, Difference, Spot, settled, to_write
from events.reconcile.lock import AlreadyRunning, OnShards, is_held, only_one
from events.reconcile.window import (
    MARGIN,
    Horizon,
    Window,
    hours_of,
    is_closed,
    month,
    month_bounds,
    reconciled_until,
)
from events.tiers import DAY, RAW, TIERS, Tier

SETTLE_SECONDS: Final = 60
BY_TABLE: Final = {tier.table: tier for tier in TIERS}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found, and what it left."""

    window: Window
    run: str
    found: list[Difference]
    unsettled: int = 0  # spots that were left alone because rows are on their way
    rows_written: int = 0
    partitions_rebuilt: list[tuple[str, int]] = field(default_factory=list)
    remaining: list[Difference] = field(default_factory=list)
    duplicates: list[checks.Duplicate] = field(default_factory=list)
    gaps: list[checks.Gap] = field(default_factory=list)
    reconciled_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Differences where nothing moves, and where rows are on their way."""

    still: list[Difference]
    moving: list[Difference]


def check(window: Window, *, settle_seconds: int = SETTLE_SECONDS) -> Report:
    """Compare and report; nothing but the run itself is written."""
    started = datetime.now(UTC)
    found = _found(window, horizons(started), settle_seconds)
    report = Report(window, uuid4().hex, found.still, len(found.moving), remaining=found.still)
    return _finished(report, found, started - timedelta(seconds=settle_seconds))


def mend(
    window: Window,
    *,
    settle_seconds: int = SETTLE_SECONDS,
    tell: Callable[[str], object] = lambda _: None,
) -> Report:
    """Compare, repair what two looks see alike, and compare again; ``tell`` hears why it waits.

    Raises:
        AlreadyRunning: another process repairs, or removes a user's rows.
        OnShards: the tables are Distributed.
    """
    if retention.is_distributed(RAW):
        raise OnShards("rows lie on shards: run it on the database _shard of each of them")
    with only_one(), one_at_a_time(wait=False) as alone:
        _must_be_alone(alone=alone)
        started = datetime.now(UTC)
        limits = horizons(started)
        found = _found(window, limits, settle_seconds)
        report = Report(window, uuid4().hex, found.still, len(found.moving))
        if found.still:
            tell(f"differences: {len(found.still)}; looking again in {settle_seconds} s")
            report = _repaired(report, limits, started, settle_seconds)
            found = _found(window, limits, settle_seconds)
        report = replace(report, remaining=found.still)
        return _finished(report, found, started - timedelta(seconds=settle_seconds))


def horizons(now: datetime) -> dict[Tier, Horizon]:
    """Since when each tier, and the raw rows of each tenant, are complete."""
    applied = retention.applied()
    tenants = {tenant for each in applied for tenant in each.retention.tenants}
    days = retention.tier_days()
    return {tier: _horizon(applied, tenants, now, days[tier]) for tier in TIERS}


def _horizon(
    applied: list[ttl.Applied], tenants: Collection[int], now: datetime, days: int
) -> Horizon:
    kept = now - timedelta(days=days)

    def since(tenant_id: int) -> int:
        return int(max(kept, ttl.covered_since(applied, tenant_id, now)).timestamp()) + MARGIN

    of_all = since(ttl.ALL_TENANTS)
    each = {tenant_id: since(tenant_id) for tenant_id in tenants}
    return Horizon(of_all, {tenant: start for tenant, start in each.items() if start != of_all})


def _found(window: Window, limits: dict[Tier, Horizon], settle_seconds: int) -> _Found:
    on_their_way = compare.moving(window, settle_seconds)
    every = [each for tier in TIERS for each in compare.differences(tier, window, limits[tier])]
    on_their_way |= compare.moving(window, settle_seconds)  # also what came while we compared
    return _Found(
        [each for each in every if each.spot not in on_their_way],
        [each for each in every if each.spot in on_their_way],
    )


def _repaired(
    report: Report, limits: dict[Tier, Horizon], now: datetime, settle_seconds: int
) -> Report:
    spots = {each.spot for each in report.found}
    first = _look(spots)
    time.sleep(settle_seconds)
    missing = settled(first, _look(spots), compare.moving(report.window, settle_seconds))
    closed = {spot for spot in missing if is_closed(month(spot.period), now)}
    rows = _write({spot: missing[spot] for spot in missing.keys() - closed}, report.run)
    partitions = {(spot.table, month(spot.period)) for spot in closed}
    rebuilt = [each for each in sorted(partitions) if not _moves(each[1], settle_seconds)]
    for table, partition in rebuilt:
        _must_hold()
        repair.rebuild(BY_TABLE[table], partition, limits[BY_TABLE[table]])
    return replace(report, rows_written=rows, partitions_rebuilt=rebuilt)


def _moves(partition: int, settle_seconds: int) -> bool:
    """Whether rows are on their way to any day of a month."""
    return bool(compare.moving(month_bounds(partition), settle_seconds))


def _look(spots: set[Spot]) -> dict[Spot, Deltas]:
    return {spot: deltas for tier in TIERS for spot, deltas in compare.details(spots, tier).items()}


def _write(missing: dict[Spot, Deltas], run: str) -> int:
    _must_hold()
    return repair.write(to_write(missing), run)


def _must_be_alone(*, alone: bool) -> None:
    """Forgetting a user takes rows from raw and tiers in two steps, and has no hour of its own."""
    if not alone or interrupted():
        raise AlreadyRunning("a user is being forgotten: run it again in a few minutes")


def _must_hold() -> None:
    if not is_held():
        raise AlreadyRunning("PostgreSQL has restarted: run it again")


def _finished(report: Report, found: _Found, settled_at: datetime) -> Report:
    """With what raw rows say about themselves; the run is recorded."""
    until = _reconciled_until(report.window, found, settled_at)
    record.save(
        report.run,
        report.window,
        differences=len(report.remaining),
        repaired=len(report.found) - len(report.remaining),
        reconciled_until=until,
    )
    return replace(
        report,
        duplicates=checks.duplicates(report.window),
        gaps=checks.gaps(report.window),
        reconciled_until=datetime.fromtimestamp(until, UTC),
    )


def _reconciled_until(window: Window, found: _Found, settled_at: datetime) -> int:
    """A day that still grows says nothing about its hours."""
    growing = [each.spot for each in found.moving if each.spot.table != DAY.table]
    spots = [*(each.spot for each in found.still), *growing]
    bad = {hour for spot in spots for hour in hours_of(BY_TABLE[spot.table], [spot.period])}
    before = record.reconciled_until()
    last = int(before.timestamp()) if before else None
    return reconciled_until(window, bad, last, int(settled_at.timestamp()))
