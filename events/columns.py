"""The columns of ``ad_events_raw`` for one batch; pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from events.plan import Bounds
from events.records import Arrived
from events.types import Event, encode

Columns = dict[str, list[object]]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
COPIED: Final = (
    "event_id",
    "tenant_id",
    "user_id",
    "session_id",
    "event_type",
    "campaign_id",
    "line_item_id",
    "placement_id",
    "creative_id",
    "template_id",
    "segment_id",
    "ad_id",
    "auction_id",
    "value_cents",
    "cost_micros",
    "invalid_reason",
    "invalid_flags",
    "country",
    "region",
    "device_type",
    "os",
    "browser",
    "is_test",
    "batch_id",
    "propensity",
)


def build(arrived: Sequence[Arrived], bounds: Bounds) -> Columns:
    """One list per column, in the order of ``arrived``; times are Unix milliseconds."""
    events = cast("list[Event]", [each.event for each in arrived])
    columns: Columns = {name: [getattr(event, name) for event in events] for name in COPIED}
    columns["event_time"] = [milliseconds(event.ts) for event in events]
    columns["received_at"] = [milliseconds(event.received_at or event.ts) for event in events]
    columns["metadata_json"] = [_metadata(event) for event in events]
    return columns | places(arrived, bounds)


def places(arrived: Sequence[Arrived], bounds: Bounds) -> Columns:
    """The columns that say where each row lay in Kafka, and in which batch it came."""
    count = len(arrived)
    return {
        "kafka_offset": [each.offset for each in arrived],
        "kafka_topic_id": [bounds.topic_id] * count,
        "kafka_partition": [bounds.partition] * count,
        "batch_first": [bounds.first] * count,
        "batch_last": [bounds.last] * count,
    }


def milliseconds(moment: datetime) -> int:
    """Unix time."""
    return (moment - EPOCH) // MILLISECOND


def _metadata(event: Event) -> str:
    return encode(event.metadata).decode() if event.metadata else "{}"
