"""What the consumer writes to and asks of ClickHouse."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from adplatform.clients import clickhouse
from events.columns import build
from events.plan import Bounds
from events.records import Arrived
from events.types import Event

LOOKUP_IDS: Final = 2000  # keeps the statement below ClickHouse's 256 KB
INSERT_SETTINGS: Final = {
    "async_insert": 0,
    "insert_deduplicate": 1,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
}
RETRYABLE: Final = frozenset({159, 202, 203, 209, 210, 225, 241, 242, 243, 252, 285, 319, 999})


class Place(NamedTuple):
    """Where the stored copy of an event lay in Kafka."""

    tenant_id: int
    event_id: UUID
    place: str


class TryLater(Exception):
    """ClickHouse refused for a reason that passes: memory, too many parts, read-only."""


def insert(fresh: Sequence[Arrived], bounds: Bounds) -> None:
    """Store a batch; the same bounds again are a no-op in the table and in its aggregates.

    Raises:
        ClickHouseUnavailable, TryLater: the effect is unknown; repeat with the same bounds.
        ClickHouseRefused: the rows or the schema are wrong.
    """
    if not fresh:
        return
    try:
        clickhouse.insert_columns(
            "ad_events_raw", build(fresh, bounds), token=bounds.token, settings=INSERT_SETTINGS
        )
    except clickhouse.ClickHouseRefused as exc:
        if exc.code in RETRYABLE:
            raise TryLater(str(exc)) from exc
        raise


def recorded(topic_id: str, partition: int, position: int) -> list[Bounds]:
    """Bounds of batches from ``position`` on that reached the table, ascending.

    They exist when a consumer died between its insert and its commit.
    """
    rows = clickhouse.query(
        "SELECT DISTINCT batch_first, batch_last FROM ad_events_raw "
        "WHERE kafka_topic_id = %(topic_id)s AND kafka_partition = %(partition)s "
        "AND kafka_offset >= %(position)s AND batch_first >= %(position)s ORDER BY batch_first",
        {"topic_id": topic_id, "partition": partition, "position": position},
    )
    return [Bounds(topic_id, partition, int(first), int(last)) for first, last in rows]


def places(events: Sequence[Event]) -> list[Place]:
    """Where stored copies of these events lay; the earliest offset of each comes last."""
    found: list[Place] = []
    for start in range(0, len(events), LOOKUP_IDS):
        found += _places(events[start : start + LOOKUP_IDS])
    return found


def _places(events: Sequence[Event]) -> list[Place]:
    rows = clickhouse.query(
        "SELECT tenant_id, event_id, kafka_topic_id, kafka_partition, kafka_offset "
        "FROM ad_events_raw WHERE tenant_id IN %(tenants)s AND event_id IN %(ids)s "
        "ORDER BY kafka_offset DESC",
        {
            "tenants": tuple({event.tenant_id for event in events}),
            "ids": tuple(str(event.event_id) for event in events),
        },
    )
    return [
        Place(int(tenant), event_id, f"{topic_id}:{partition}:{offset}")
        for tenant, event_id, topic_id, partition, offset in rows
    ]
