"""What the consumer writes to and asks of ClickHouse."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from adplatform.clients import clickhouse
from events.columns import Columns
from events.plan import Bounds
from events.records import Arrived, Storable
from events.stream import AD_EVENTS, Table

INSERT_SETTINGS: Final = {"insert_deduplicate": 1, "max_partitions_per_insert_block": 0}
LOOKUP_IDS: Final = 20_000
LOOKUP_SETTINGS: Final = {"max_query_size": 4_000_000, "max_ast_elements": 500_000}

# Codes that say a row's value is wrong. Every other refusal is taken for something that passes, or
# that an operator must mend (no disk space, a missing table, a failing view): the same rows again.
ROW_CODES: Final = frozenset({6, 27, 38, 41, 53, 69, 70, 72, 131, 321, 349, 469, 691})


class TryLater(Exception):
    """ClickHouse refused for a reason that is not the rows': memory, parts, disk, schema."""


class RowsRefused(Exception):
    """ClickHouse refused at least one row for its values; nothing of the batch was stored."""


def insert(
    fresh: Sequence[Arrived],
    bounds: Bounds,
    excluded: Sequence[int] = (),
    table: Table = AD_EVENTS,
) -> None:
    """Store a batch; the same bounds again are a no-op in the table and in its aggregates.

    Raises:
        ClickHouseUnavailable, TryLater: the effect is unknown; repeat with the same bounds.
        RowsRefused: a row is wrong.
    """
    if fresh:
        _insert(table.name, table.columns(fresh, bounds), bounds.token(excluded))


def would_take(fresh: Sequence[Arrived], bounds: Bounds, table: Table, trial: str) -> bool:
    """Whether a table's ``trial`` takes the rows.

    Raises:
        ClickHouseUnavailable, TryLater: it cannot be said now.
    """
    try:
        _insert(trial, table.columns(fresh, bounds), None)
    except RowsRefused:
        return False
    return True


def _insert(table: str, columns: Columns, token: str | None) -> None:
    try:
        clickhouse.insert_columns(table, columns, token=token, settings=INSERT_SETTINGS)
    except clickhouse.ClickHouseRefused as exc:
        kind = RowsRefused if exc.code in ROW_CODES else TryLater
        raise kind(f"ClickHouse refused an insert (code {exc.code}): {exc}") from exc


def stored_end(topic_id: str, partition: int, since: int = 0, table: Table = AD_EVENTS) -> int:
    """One past the last offset of a partition, from ``since`` on, that has a row; 0: none has."""
    rows = clickhouse.query(
        f"SELECT max(kafka_offset) + 1, count() FROM {table.name} "
        "WHERE kafka_topic_id = %(topic_id)s AND kafka_partition = %(partition)s "
        "AND kafka_offset >= %(since)s",
        {"topic_id": topic_id, "partition": partition, "since": since},
    )
    return int(rows[0][0]) if rows[0][1] else 0


def newest_insert(
    since: datetime, partition: int | None, table: Table = AD_EVENTS
) -> datetime | None:
    """When the last event of a partition, or of any, was stored; None when none was since then."""
    of_partition = "" if partition is None else "AND kafka_partition = %(partition)s"
    rows = clickhouse.query(
        f"SELECT toUnixTimestamp64Milli(max(inserted_at)), count() FROM {table.name} "
        f"WHERE inserted_at > %(since)s {of_partition}",
        {"since": since, "partition": partition},
    )
    return datetime.fromtimestamp(rows[0][0] / 1000, UTC) if rows[0][1] else None


def clock() -> datetime:
    """ClickHouse's time, which stamps ``inserted_at``: the workers' clocks may differ."""
    rows = clickhouse.query("SELECT toUnixTimestamp64Milli(now64(3))")
    return datetime.fromtimestamp(rows[0][0] / 1000, UTC)


def stored_offsets(bounds: Bounds, table: Table = AD_EVENTS) -> set[int]:
    """Which messages of this batch an insert of it has left rows of."""
    rows = clickhouse.query(
        f"SELECT kafka_offset FROM {table.name} WHERE kafka_topic_id = %(topic_id)s "
        "AND kafka_partition = %(partition)s AND kafka_offset BETWEEN %(first)s AND %(last)s "
        "AND batch_first = %(first)s AND batch_last = %(last)s",
        {
            "topic_id": bounds.topic_id,
            "partition": bounds.partition,
            "first": bounds.first,
            "last": bounds.last,
        },
    )
    return {int(offset) for (offset,) in rows}


def inserts_since(moment: datetime, table: Table = AD_EVENTS) -> int:
    """How many blocks other batches have written since: each takes a place in the window."""
    rows = clickhouse.query(
        f"SELECT uniqExact(kafka_topic_id, kafka_partition, batch_first, {table.part}) "
        f"FROM {table.name} WHERE inserted_at >= %(moment)s",
        {"moment": moment},
    )
    return int(rows[0][0])


def places(events: Sequence[Storable], table: Table = AD_EVENTS) -> dict[tuple[int, int], str]:
    """Where stored copies of these events lay in Kafka, by tenant and event id as a number.

    The place of the earliest offset, where there are several.
    """
    found: dict[tuple[int, int], str] = {}
    for start in range(0, len(events), LOOKUP_IDS):
        found |= _places(events[start : start + LOOKUP_IDS], table)
    return found


def _places(events: Sequence[Storable], table: Table) -> dict[tuple[int, int], str]:
    rows = clickhouse.query(
        "SELECT tenant_id, event_id, kafka_topic_id, kafka_partition, kafka_offset "
        f"FROM {table.name} WHERE tenant_id IN %(tenants)s AND event_id IN %(ids)s "
        "ORDER BY kafka_offset DESC",
        {
            "tenants": tuple({event.tenant_id for event in events}),
            "ids": tuple(str(event.event_id) for event in events),
        },
        settings=LOOKUP_SETTINGS,
    )
    return {
        (int(tenant), event_id.int): f"{topic_id}:{partition}:{offset}"
        for tenant, event_id, topic_id, partition, offset in rows
    }
