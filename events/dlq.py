"""The dead-letter topic: a message that can never be stored keeps its bytes and says why."""

import threading
from collections.abc import Sequence
from typing import Final

from django.conf import settings

from adplatform.clients import kafka
from events.records import Poison

WAIT_SECONDS: Final = 30.0


def send(poison: Sequence[Poison], *, topic: str, partition: int) -> None:
    """Produce every message to the dead-letter topic and wait for the acknowledgements.

    Raises:
        kafka.KafkaUnavailable: some may be missing; send all of them again.
    """
    acks = _Acks(len(poison))
    for each in poison:
        origin = f"{partition}:{each.record.offset}".encode()
        kafka.produce(
            settings.EVENTS_DLQ_TOPIC,
            origin,
            each.record.value,
            headers=_headers(each, topic, partition),
            on_delivery=acks.count,
        )
    acks.wait()


def _headers(poison: Poison, topic: str, partition: int) -> list[tuple[str, bytes]]:
    return [
        ("reason", poison.reason.value.encode()),
        ("detail", poison.detail[:500].encode()),
        ("orig_topic", topic.encode()),
        ("orig_partition", str(partition).encode()),
        ("orig_offset", str(poison.record.offset).encode()),
        ("orig_key", poison.record.key or b""),
    ]


class _Acks:
    """Counts delivery reports until all are in."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self._error: object = None
        self._all_in = threading.Event()
        if not expected:
            self._all_in.set()

    def count(self, error: object, _message: object) -> None:
        """One delivery report; they all come from the producer's one polling thread."""
        self._error = self._error or error
        self._left -= 1
        if self._left <= 0:
            self._all_in.set()

    def wait(self) -> None:
        if not self._all_in.wait(WAIT_SECONDS):
            raise kafka.KafkaUnavailable("the broker did not acknowledge the dead letters")
        if self._error is not None:
            raise kafka.KafkaUnavailable(f"a dead letter was not stored: {self._error}")
