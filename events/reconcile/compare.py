"""Asking ClickHouse where a tier is not what the raw rows add up to."""

from collections import defaultdict
from collections.abc import Collection
from typing import Final

from adplatform.clients import clickhouse
from events.models import PartitionLedger
from events.reconcile.differences import Counts, Deltas, Difference, Spot, signed
from events.reconcile.window import WEEK, Horizon, Window, width
from events.tiers import DAY, DIMENSIONS, MEASURES, RAW, TIERS, Tier, select_from_raw

SETTINGS: Final = {
    "do_not_merge_across_partitions_select_final": 1,  # copies of an event lie in one month
    "max_bytes_before_external_group_by": 2_000_000_000,
}
TENANT: Final = 1  # its place in a row's key
SIDES: Final = ("raw", "tier")


def differences(tier: Tier, window: Window, horizon: Horizon) -> list[Difference]:
    """Every spot of a tier that differs."""
    weeks = [week for week in window.weeks() if week.until > horizon.since]
    return [found for week in weeks for found in _of_week(tier, week, horizon)]


def details(found: Collection[Spot], tier: Tier) -> dict[Spot, Deltas]:
    """The rows that the tier lacks at these spots; negative counts are too many."""
    spots = {spot for spot in found if spot.table == tier.table}
    rows: defaultdict[Spot, Deltas] = defaultdict(dict)
    for week in _weeks_of(spots):
        for key, counts in _lacking(tier, week, spots).items():
            spot = Spot(tier.table, int(key[0]) - int(key[0]) % width(tier), int(key[TENANT]))
            if spot in spots:
                rows[spot][key] = counts
    return dict(rows)


def moving(window: Window, seconds: int) -> set[Spot]:
    """Spots where raw rows came lately, or belong to a batch that a consumer has not finished."""
    batches = list(PartitionLedger.objects.filter(open_first__isnull=False))
    recent = f"inserted_at > now64(3) - toIntervalSecond({seconds:d})"
    conditions = [recent, *(_of_batch(number, row) for number, row in enumerate(batches))]
    rows = clickhouse.query(
        f"SELECT DISTINCT tenant_id, toUnixTimestamp(toStartOfHour(event_time)) FROM {RAW} "
        f"WHERE {_raw_range(window.whole_days())} "
        f"AND ({' OR '.join(conditions)})",
        {f"topic_{number}": row.topic_id for number, row in enumerate(batches)},
    )
    return {
        Spot(tier.table, hour - hour % width(tier), tenant_id)
        for tenant_id, hour in rows
        for tier in TIERS
    }


def bucket_seconds(tier: Tier) -> str:
    """The bucket column as Unix seconds."""
    column = f"toDateTime({tier.bucket}, 'UTC')" if tier is DAY else tier.bucket
    return f"toUnixTimestamp({column})"


def raw_rows(tier: Tier, window: Window) -> str:
    """The SELECT of a tier's rows from the raw rows of a window."""
    return select_from_raw(tier, _raw_range(window))


def tier_range(tier: Tier, window: Window) -> str:
    """The condition that a tier's row lies within a window."""
    cast = "toDate(toDateTime({}, 'UTC'))" if tier is DAY else "toDateTime({}, 'UTC')"
    first, last = cast.format(window.since), cast.format(window.until)
    return f"{tier.bucket} >= {first} AND {tier.bucket} < {last}"


def period_of(tier: Tier, bucket: str) -> str:
    """The start of the hour or day of a bucket."""
    return f"intDiv({bucket}, {width(tier)}) * {width(tier)}"


def _of_week(tier: Tier, week: Window, horizon: Horizon) -> list[Difference]:
    raw = ", ".join(f"sum(raw_{name})" for name in MEASURES)
    counted = ", ".join(f"sum(tier_{name})" for name in MEASURES)
    rows = clickhouse.query(
        f"SELECT tenant_id, {period_of(tier, 'bucket')} AS period, {raw}, {counted}, "
        f"countIf({_differs()}) AS differing FROM ({_side_by_side(tier, week)}) "
        f"WHERE period < {week.until} AND {horizon.sql('period')} "
        "GROUP BY tenant_id, period HAVING differing > 0 ORDER BY period, tenant_id",
        settings=SETTINGS,
    )
    return [_difference(tier, row) for row in rows]


def _difference(tier: Tier, row: clickhouse.Row) -> Difference:
    tenant_id, period, *counts, rows = row
    half = len(MEASURES)
    spot = Spot(tier.table, int(period), int(tenant_id))
    return Difference(spot, tuple(counts[:half]), tuple(counts[half:]), int(rows))


def _weeks_of(spots: Collection[Spot]) -> list[Window]:
    weeks = sorted({spot.period - spot.period % WEEK for spot in spots})
    return [Window(week, week + WEEK) for week in weeks]


def _lacking(tier: Tier, week: Window, spots: Collection[Spot]) -> Deltas:
    here = [spot for spot in spots if week.since <= spot.period < week.until]
    tenants = ", ".join(str(each) for each in sorted({spot.tenant_id for spot in here}))
    periods = ", ".join(str(each) for each in sorted({spot.period for spot in here}))
    counts = ", ".join(f"raw_{name} - tier_{name}" for name in MEASURES)
    rows = clickhouse.query(
        f"SELECT bucket, {', '.join(DIMENSIONS)}, {counts} FROM ({_side_by_side(tier, week)}) "
        f"WHERE {_differs()} AND tenant_id IN ({tenants}) "
        f"AND {period_of(tier, 'bucket')} IN ({periods})",
        settings=SETTINGS,
    )
    width_of_key = 1 + len(DIMENSIONS)
    return {row[:width_of_key]: _signed(row[width_of_key:]) for row in rows}


def _signed(counts: Counts) -> Counts:
    return tuple(signed(int(count)) for count in counts)


def _side_by_side(tier: Tier, week: Window) -> str:
    """One row for each bucket and dimensions of a week: raw_… and tier_… of every measure."""
    bucket, dimensions = bucket_seconds(tier), ", ".join(DIMENSIONS)
    of_raw = ", ".join(f"{name} AS raw_{name}, 0 AS tier_{name}" for name in MEASURES)
    of_tier = ", ".join(f"0 AS raw_{name}, {name} AS tier_{name}" for name in MEASURES)
    sums = ", ".join(
        f"sum(r.{side}_{name}) AS {side}_{name}" for name in MEASURES for side in SIDES
    )
    days = week.whole_days()
    return (
        f"SELECT bucket, {dimensions}, {sums} FROM ("
        f"SELECT {bucket} AS bucket, {dimensions}, {of_raw} FROM ({raw_rows(tier, days)}) "
        f"UNION ALL SELECT {bucket} AS bucket, {dimensions}, {of_tier} FROM {tier.table} "
        f"WHERE {tier_range(tier, days)}) AS r GROUP BY bucket, {dimensions}"
    )


def _differs() -> str:
    raw = ", ".join(f"raw_{name}" for name in MEASURES)
    counted = ", ".join(f"tier_{name}" for name in MEASURES)
    return f"({raw}) != ({counted})"


def _raw_range(window: Window) -> str:
    first, last = f"toDateTime({window.since}, 'UTC')", f"toDateTime({window.until}, 'UTC')"
    return (
        f"event_time >= {first} AND event_time < {last} "
        f"AND event_date >= toDate({first}) AND event_date <= toDate({last})"
    )


def _of_batch(number: int, row: PartitionLedger) -> str:
    return (
        f"(kafka_topic_id = %(topic_{number})s AND kafka_partition = {row.partition:d} "
        f"AND kafka_offset BETWEEN {row.open_first or 0:d} AND {row.open_last or 0:d})"
    )
