"""[FLOW] Take events in: a batch is in Kafka when this returns, a beacon now or from the spool."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import kafka
from adplatform.clients.errors import EngineNotRunning
from events import pseudonyms, spool
from events.types import Event, encode

log = structlog.get_logger(__name__)

NAMESPACE = UUID("6f2c1f8e-6a55-5b0c-9d3b-0d2f7c1c9a41")


def accept_batch(events: Sequence[Event]) -> list[Event]:
    """Hand the events to the broker and wait until it has acknowledged every one.

    Returns them as they are stored: under pseudonyms where the tenant wants them.

    Raises:
        kafka.KafkaUnavailable: some may not be stored; the sender repeats the whole batch, and
            what was stored counts once.
    """
    topic = settings.EVENTS_TOPIC
    stored = [pseudonyms.of_event(event) for event in events]
    kafka.produce_and_wait([(topic, event.key, encode(event)) for event in stored])
    _count(stored)
    return stored


def accept_beacon(event: Event) -> None:
    """Hand over an event that nobody can repeat; returns at once and raises nothing.

    While the broker is away the event waits on disk; only a full spool loses it, and counts that.
    """
    event = pseudonyms.of_event(event)
    value = encode(event)
    spool.start()

    def delivered(error: object, _message: object) -> None:
        if error is None:
            _count([event])
        else:
            spool.keep(value)

    try:
        kafka.produce(settings.EVENTS_TOPIC, event.key, value, on_delivery=delivered)
    except (kafka.KafkaUnavailable, EngineNotRunning):
        spool.keep(value)
    except Exception:
        log.exception("beacon_not_produced")
        spool.keep(value)


def event_id_for(nonce: bytes, kind: str) -> UUID:
    """The id of the event that a signed token stands for: a browser's repeat gets the same one.

    A name-based UUID (RFC 9562 section 5.5) of the token's nonce and the kind of event.
    """
    name = NAMESPACE.bytes + nonce + b"\0" + kind.encode()
    return UUID(bytes=hashlib.sha1(name, usedforsecurity=False).digest()[:16], version=5)


def _count(events: Sequence[Event]) -> None:
    for event_type, count in Counter(event.event_type for event in events).items():
        metrics.EVENTS_ACCEPTED.labels(event_type.value).inc(count)
