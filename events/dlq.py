"""The dead-letter topic: a message that can never be stored keeps its bytes and says why."""

from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Final

from django.conf import settings

from adplatform.clients import kafka
from events.records import Poison

WAIT_SECONDS: Final = 10.0


def send(poison: Sequence[Poison], *, topic: str, partition: int) -> None:
    """Produce every message to the dead-letter topic and wait for the acknowledgements.

    Raises:
        kafka.KafkaUnavailable: some may be missing; send all of them again.
    """
    reports: SimpleQueue[object] = SimpleQueue()
    for each in poison:
        kafka.produce(
            settings.EVENTS_DLQ_TOPIC,
            f"{partition}:{each.record.offset}".encode(),
            each.record.value or b"",
            headers=_headers(each, topic, partition),
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


def _headers(poison: Poison, topic: str, partition: int) -> list[tuple[str, bytes]]:
    return [
        ("reason", poison.reason.value.encode()),
        ("detail", poison.detail[:500].encode()),
        ("orig_topic", topic.encode()),
        ("orig_partition", str(partition).encode()),
        ("orig_offset", str(poison.record.offset).encode()),
        ("orig_key", poison.record.key or b""),
    ]
