"""A Kafka log that stays put, and a group's member that reads it: rebalances happen when told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from adplatform.clients.kafka import TopicPartition

Told = Callable[[object, list[TopicPartition]], None]


@dataclass(frozen=True)
class Message:
    """What events.reader needs of a Kafka message."""

    number: int  # of its partition
    at: int
    name: bytes
    content: bytes

    def error(self) -> None:
        return None

    def partition(self) -> int:
        return self.number

    def offset(self) -> int:
        return self.at

    def key(self) -> bytes:
        return self.name

    def value(self) -> bytes:
        return self.content


@dataclass
class Log:
    """The messages of a topic, by partition."""

    topic: str
    partitions: list[list[Message]]

    def append(self, key: bytes, value: bytes) -> tuple[int, int]:
        """Add a message to its key's partition; returns partition and offset."""
        number = crc32(key) % len(self.partitions)
        messages = self.partitions[number]
        messages.append(Message(number, len(messages), key, value))
        return number, len(messages) - 1


@dataclass
class Member:
    """Stands in for confluent-kafka's Consumer; who holds which partition is decided outside."""

    log: Log
    places: dict[int, int] = field(default_factory=dict)  # next offset of each assigned partition
    _on_assign: Told | None = None
    _on_revoke: Told | None = None

    def subscribe(self, _topics: list[str], *, on_assign: Told, on_revoke: Told, **_: Told) -> None:
        self._on_assign, self._on_revoke = on_assign, on_revoke

    def unsubscribe(self) -> None:
        self.places.clear()

    def gain(self, partition: int) -> None:
        self.places[partition] = 0
        assert self._on_assign
        self._on_assign(self, [TopicPartition(self.log.topic, partition)])

    def lose(self, partition: int) -> None:
        self.cut_off(partition)
        assert self._on_revoke
        self._on_revoke(self, [TopicPartition(self.log.topic, partition)])

    def cut_off(self, partition: int) -> None:
        """Nothing more is delivered, and nobody says why: the life of a zombie."""
        self.places.pop(partition, None)

    def consume(self, count: int, _seconds: float) -> list[Message]:
        found: list[Message] = []
        for partition, place in self.places.items():
            part = self.log.partitions[partition][place : place + count - len(found)]
            self.places[partition] += len(part)
            found += part
        return found

    def seek(self, place: TopicPartition) -> None:
        if place.partition in self.places:
            self.places[place.partition] = place.offset

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(self.log.topic, partition) for partition in self.places]

    def pause(self, _places: Sequence[TopicPartition]) -> None:
        pass

    def resume(self, _places: Sequence[TopicPartition]) -> None:
        pass

    def commit(self, **_: object) -> None:
        pass

    def committed(self, places: list[TopicPartition], **_: object) -> list[TopicPartition]:
        return [TopicPartition(place.topic, place.partition, -1001) for place in places]

    def get_watermark_offsets(self, place: TopicPartition, **_: object) -> tuple[int, int]:
        return 0, len(self.log.partitions[place.partition])

    def close(self) -> None:
        pass
