"""Events and Kafka records with sensible defaults."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from events.records import Arrived, Record
from events.types import Event, EventType, encode

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def an_event(**overrides) -> Event:
    fields = {
        "event_id": uuid4(),
        "tenant_id": 1,
        "ts": NOON,
        "event_type": EventType.IMPRESSION,
        "received_at": NOON,
    }
    return Event(**{**fields, **overrides})


def an_arrival(offset: int, event_id: UUID | None = None, tenant_id: int = 1) -> Arrived:
    return Arrived(an_event(event_id=event_id or uuid4(), tenant_id=tenant_id), offset)


def a_record(offset: int, value: bytes | None = None) -> Record:
    return Record(offset, b"key", encode(an_event()) if value is None else value)
