"""From Kafka's bytes to events: what can be stored, and what is poison and why; pure."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

import msgspec

from events import types

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


# gc=False, here and on Event: a batch holds tens of thousands of them and none is in a cycle;
# without the collector's passes one consumer stores 35,000 instead of 27,000 events/s.


class Storable(Protocol):
    """What the consumer needs of a message that it has decoded."""

    @property
    def event_id(self) -> UUID: ...
    @property
    def tenant_id(self) -> int: ...
    @property
    def ts(self) -> datetime: ...
    @property
    def received_at(self) -> datetime | None: ...
    @property
    def key(self) -> bytes: ...


Decode = Callable[[bytes], Storable]  # raises msgspec's errors


class Record(msgspec.Struct, frozen=True, gc=False):
    """One Kafka message of a partition."""

    offset: int
    key: bytes | None
    value: bytes | None


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """An event, of the class that its stream decodes to, and where it lies."""

    event: Storable
    offset: int


class PoisonReason(StrEnum):
    """Why a message can never be stored."""

    EMPTY = "empty"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    BAD_TIME = "bad_time"
    REFUSED = "refused"  # by ClickHouse


class Poison(msgspec.Struct, frozen=True, gc=False):
    """A message for the dead-letter topic, its bytes untouched."""

    record: Record
    reason: PoisonReason
    detail: str


def split(
    records: Iterable[Record], decode: Decode = types.decode
) -> tuple[list[Arrived], list[Poison]]:
    """The events of a batch and its poison, both in the order of their offsets."""
    arrived: list[Arrived] = []
    poison: list[Poison] = []
    for record in records:
        outcome = read(record, decode)
        if isinstance(outcome, Arrived):
            arrived.append(outcome)
        else:
            poison.append(outcome)
    return arrived, poison


def read(record: Record, decode: Decode = types.decode) -> Arrived | Poison:
    """The event of one message, or why there is none."""
    if not record.value:
        return Poison(record, PoisonReason.EMPTY, "the message has no value")
    try:
        event = decode(record.value)
    except msgspec.ValidationError as exc:
        return Poison(record, PoisonReason.WRONG_SHAPE, str(exc))
    except (ValueError, RecursionError) as exc:
        return Poison(record, PoisonReason.NOT_JSON, str(exc))
    if not EARLIEST <= event.ts < LATEST:
        return Poison(record, PoisonReason.BAD_TIME, f"ts {event.ts.isoformat()}")
    return Arrived(event, record.offset)
