"""Journeys of visitors as small tables, and what they are stored as."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from adplatform.clients import clickhouse
from events.types import EventType
from tests.events.builders import an_event

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COLUMNS = (
    "event_id", "tenant_id", "user_id", "session_id", "event_type", "campaign_id", "line_item_id",
    "placement_id", "creative_id", "template_id", "segment_id", "ad_id", "value_cents",
    "invalid_reason", "is_test",
)  # fmt: skip


def event(kind: str, hours_ago: float, **fields):
    """An event of the visitor "u", so many hours before NOW."""
    moment = NOW - timedelta(hours=hours_ago)
    fields = {"tenant_id": 1, "user_id": "u", **fields}
    if isinstance(fields.get("event_id"), int):
        fields["event_id"] = UUID(int=fields["event_id"])
    fields.setdefault("event_id", uuid4())
    return an_event(event_type=EventType(kind), ts=moment, received_at=moment, **fields)


def store(events: Sequence, *, inserted_at: datetime | None = None) -> None:
    if not events:
        return
    columns: dict = {name: [getattr(each, name) for each in events] for name in COLUMNS}
    columns["event_time"] = [each.ts for each in events]
    columns["received_at"] = [each.received_at for each in events]
    if inserted_at:
        columns["inserted_at"] = [inserted_at] * len(events)
    clickhouse.insert_columns("ad_events_raw", columns)


def credited(model: str = "", *, tenant_id: int = 1) -> dict[UUID, tuple]:
    """(kind, {touch id: (ppm, micros)}) of each conversion, as they count now."""
    rows = clickhouse.query(
        "SELECT conversion_id, kind, touch_event_ids, credit_ppm, credit_micros "
        "FROM ad_conversion_credits FINAL WHERE tenant_id = %(tenant)s AND model = %(model)s",
        {"tenant": tenant_id, "model": model},
    )
    return {
        conversion: (kind, dict(zip(ids, zip(ppm, micros, strict=True), strict=True)))
        for conversion, kind, ids, ppm, micros in rows
    }
