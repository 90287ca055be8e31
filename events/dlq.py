"""The dead-letter topic: a message that can never be stored keeps its bytes and says why."""

from collections.abc import Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Final

from adplatform.clients import kafka
from events.ledger import Source
from events.records import Poison

WAIT_SECONDS: Final = 10.0


def send(poison: Sequence[Poison], topic: str, source: Source, now: datetime) -> None:
    """Produce every message to the dead-letter ``topic`` and wait for the acknowledgements.

    At least once: a crash before the batch is finished sends again, under the same key.

    Raises:
        kafka.KafkaUnavailable: some may be missing; send all of them again.
    """
    reports: SimpleQueue[object] = SimpleQueue()
    for each in poison:
        kafka.produce(
            topic,
            f"{source.topic_id}:{source.partition}:{each.record.offset}".encode(),
            each.record.value or b"",
            headers=_headers(each, source, now),
            on_delivery=lambda error, _message: reports.put(error),
        )
    for _ in poison:
        _confirm(reports)


def _confirm(reports: "SimpleQueue[object]") -> None:
    try:
        error = reports.get(timeout=WAIT_SECONDS)
    except Empty as exc:
        raise kafka.KafkaUnavailable("the broker did not acknowledge a dead letter") from exc
    if error is not None:
        raise kafka.KafkaUnavailable(f"a dead letter was not stored: {error}")


def _headers(poison: Poison, source: Source, now: datetime) -> list[tuple[str, bytes]]:
    return [
        ("reason", poison.reason.value.encode()),
        ("detail", poison.detail[:500].encode()),
        ("orig_topic", source.topic.encode()),
        ("orig_topic_id", source.topic_id.encode()),
        ("orig_partition", str(source.partition).encode()),
        ("orig_offset", str(poison.record.offset).encode()),
        ("orig_key", poison.record.key or b""),
        ("first_seen", now.isoformat().encode()),
    ]
