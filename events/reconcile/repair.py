"""Writing what a tier lacks: delta rows in open months, a new partition in closed ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from adplatform.clients import clickhouse
from events.reconcile.compare import (
    SETTINGS,
    bucket_seconds,
    period_of,
    raw_rows,
    tier_range,
)
from events.reconcile.differences import Deltas, Key, by_period, unsigned
from events.reconcile.window import Horizon, month_bounds
from events.tiers import DAY, DIMENSIONS, MEASURES, Tier

SIGNED: Final = frozenset({"revenue_cents", "cost_micros"})  # Int64; the others are UInt64
ATTEMPTS: Final = 3


def write(deltas: Mapping[Tier, Deltas], run: str) -> int:
    """Insert delta rows, one block for each period of each tier; returns how many rows.

    The token names tier, period and run: an insert whose effect is unknown is repeated and counts
    once, also in the coarser tiers.
    """
    rows = 0
    for tier, of_tier in deltas.items():
        for period, of_period in by_period(tier, of_tier).items():
            _insert(tier, of_period, f"recon:{tier.table}:{period}:{run}")
            rows += len(of_period)
    return rows


def rebuild(tier: Tier, partition: int, horizon: Horizon) -> None:
    """Compute a month of a tier again and put it in the place of the old one, at once.

    What lies before the horizon is copied: its raw rows have expired. Views do not see it: every
    tier is rebuilt by itself.
    """
    name, bounds = f"{tier.table}_rebuilt", month_bounds(partition)
    columns = ", ".join((tier.bucket, *DIMENSIONS, *MEASURES))
    period = period_of(tier, bucket_seconds(tier))
    covered = horizon.sql(period)
    clickhouse.command(f"CREATE OR REPLACE TABLE {name} AS {tier.table}")
    _fill(
        name,
        columns,
        f"SELECT {columns} FROM ({raw_rows(tier, bounds)}) WHERE {covered}",
    )
    _fill(
        name,
        columns,
        f"SELECT {columns} FROM {tier.table} WHERE {tier_range(tier, bounds)} AND NOT ({covered})",
    )
    clickhouse.command(f"ALTER TABLE {tier.table} REPLACE PARTITION {partition:d} FROM {name}")
    clickhouse.command(f"DROP TABLE {name} SYNC")


def _fill(name: str, columns: str, select: str) -> None:
    settings = {**SETTINGS, "insert_deduplicate": 0}
    clickhouse.query(f"INSERT INTO {name} ({columns}) {select}", settings=settings)


def _insert(tier: Tier, deltas: Deltas, token: str) -> None:
    columns = _columns(tier, deltas)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            clickhouse.insert_columns(tier.table, columns, token=token)
        except clickhouse.ClickHouseUnavailable:
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _columns(tier: Tier, deltas: Deltas) -> dict[str, list[object]]:
    keys = sorted(deltas, key=str)
    columns: dict[str, list[object]] = {tier.bucket: [_bucket(tier, key) for key in keys]}
    for place, name in enumerate(DIMENSIONS, start=1):
        columns[name] = [key[place] for key in keys]
    for place, name in enumerate(MEASURES):
        counts = [deltas[key][place] for key in keys]
        columns[name] = [count if name in SIGNED else unsigned(count) for count in counts]
    return columns


def _bucket(tier: Tier, key: Key) -> object:
    moment = datetime.fromtimestamp(int(key[0]), UTC)
    return moment.date() if tier is DAY else moment
