"""The dead letters that an operator asks for, one by one, each once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.conf import settings

from adplatform.clients import kafka
from events.replay.letter import DeadLetter, Place, Seen, letter


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters: all conditions that are given must hold."""

    reasons: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()
    tenant_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None  # not included
    starts: Mapping[int, int] = field(default_factory=dict)  # offsets by partition

    def takes(self, each: DeadLetter) -> bool:
        """Whether the letter is asked for."""
        return (
            (not self.reasons or each.reason in self.reasons)
            and (not self.keys or each.key in self.keys)
            and (self.since is None or each.at >= self.since)
            and (self.until is None or each.at < self.until)
            and (self.tenant_id is None or each.tenant_id == self.tenant_id)
        )


def letters(selection: Selection, topic: str = "") -> Iterator[DeadLetter]:
    """The letters in the order they were put down; a second copy of one is left out.

    Of the events' dead-letter topic where none is named.

    Raises:
        kafka.NoTopic, kafka.KafkaUnavailable: see ``kafka.scan``.
    """
    seen = Seen()
    for message in kafka.scan(topic or settings.EVENTS_DLQ_TOPIC, selection.starts):
        each = _letter(message)
        if seen.add(each.key) and selection.takes(each):
            yield each


def _letter(message: kafka.Message) -> DeadLetter:
    _, millis = message.timestamp()
    place = Place(
        message.partition() or 0,
        message.offset() or 0,
        datetime.fromtimestamp(max(millis, 0) / 1000, UTC),
    )
    headers = [(str(each[0]), _bytes(each[1])) for each in message.headers() or ()]
    return letter(place, message.key(), message.value(), headers)


def _bytes(content: object) -> bytes:
    return content if isinstance(content, bytes) else str(content or "").encode()
