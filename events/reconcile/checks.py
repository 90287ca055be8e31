"""What the raw rows say about themselves: events stored twice, offsets that no batch holds."""

from dataclasses import dataclass

from adplatform.clients import clickhouse
from events.reconcile.window import Window
from events.tiers import RAW


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An hour of a tenant in which an event is stored more than once; reports read it once."""

    tenant_id: int
    hour: int
    extra: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets between two stored batches: duplicates and dead letters, or a loss."""

    topic_id: str
    partition: int
    first: int
    last: int


def duplicates(window: Window) -> list[Duplicate]:
    """Rows beyond the first of their event, by hour; merges remove most of them later."""
    rows = clickhouse.query(
        "SELECT tenant_id, toUnixTimestamp(toStartOfHour(event_time)) AS hour,"
        " count() - uniqExact(event_id) AS extra"
        f" FROM {RAW} WHERE event_date >= toDate({_moment(window.since)})"
        f" AND event_time >= {_moment(window.since)} AND event_time < {_moment(window.until)}"
        " GROUP BY tenant_id, hour HAVING extra > 0 ORDER BY hour, tenant_id"
    )
    return [Duplicate(int(tenant_id), int(hour), int(extra)) for tenant_id, hour, extra in rows]


def gaps(window: Window) -> list[Gap]:
    """Offsets that lie between batches which were inserted within the window."""
    rows = clickhouse.query(
        "SELECT topic, partition, previous + 1, batch_first - 1 FROM ("
        "SELECT topic, partition, batch_first, max(batch_last) OVER (PARTITION BY topic, partition"
        " ORDER BY batch_first, batch_last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        " AS previous, row_number() OVER (PARTITION BY topic, partition"
        " ORDER BY batch_first, batch_last) AS place FROM ("
        "SELECT DISTINCT kafka_topic_id AS topic, kafka_partition AS partition, batch_first,"
        f" batch_last FROM {RAW} WHERE inserted_at >= {_moment(window.since)}"
        f" AND inserted_at < {_moment(window.until)}))"
        " WHERE place > 1 AND batch_first > previous + 1 ORDER BY topic, partition, batch_first"
    )
    return [Gap(str(topic), int(number), int(a), int(b)) for topic, number, a, b in rows]


def _moment(seconds: int) -> str:
    return f"toDateTime({seconds:d}, 'UTC')"
