"""All messages of a topic and its exact ends, read by assignment: outside any group, no commits."""

import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from confluent_kafka import Consumer, Message
from confluent_kafka import KafkaError as MessageError

from adplatform.clients.kafka.admin import topic_partitions
from adplatform.clients.kafka.connection import KafkaUnavailable
from adplatform.clients.kafka.readers import consumer, position, watermarks

GROUP: Final = "adplatform_inspect"  # librdkafka wants a name; nobody joins it
MESSAGES: Final = 500
POLL_SECONDS: Final = 0.2
SILENT_SECONDS: Final = 10.0


class Ends(NamedTuple):
    """The first offset that a partition holds, and the next that it will give."""

    first: int
    next: int


class NoTopic(Exception):
    """The topic does not exist."""


def scan(topic: str, starts: Mapping[int, int] | None = None) -> Iterator[Message]:
    """Every message of the topic up to its end, partition by partition, in offset order.

    ``starts`` are first offsets by partition; the others start at their first message. What is
    produced meanwhile may come too.

    Raises:
        NoTopic: there is no such topic.
        KafkaUnavailable: the broker stopped answering; what came before it is right.
    """
    reader = _reader()
    try:
        for partition in range(_partitions(topic)):
            first = watermarks(reader, topic, partition)[0]
            start = max((starts or {}).get(partition, 0), first)
            yield from _to_end(reader, topic, partition, start)
    finally:
        reader.close()


def ends(topic: str) -> dict[int, Ends]:
    """The ends of every partition, exact also on the embedded broker.

    Raises:
        NoTopic, KafkaUnavailable: as for ``scan``.
    """
    reader = _reader()
    try:
        return {
            partition: _ends(reader, topic, partition) for partition in range(_partitions(topic))
        }
    finally:
        reader.close()


def _ends(reader: Consumer, topic: str, partition: int) -> Ends:
    """The second watermark is a lower bound on the embedded broker: read what lies behind it."""
    first, known = watermarks(reader, topic, partition)
    last = known
    for message in _to_end(reader, topic, partition, max(known, first)) if known > first else ():
        last = (message.offset() or 0) + 1
    return Ends(first, last)


def _to_end(reader: Consumer, topic: str, partition: int, start: int) -> Iterator[Message]:
    reader.assign([position(topic, partition, start)])
    heard = time.monotonic()
    while True:
        messages = reader.consume(MESSAGES, POLL_SECONDS)
        for message in messages:
            error = message.error()
            if error is None:
                yield message
            elif error.code() == MessageError._PARTITION_EOF:  # noqa: SLF001 - librdkafka's name
                return
        heard = time.monotonic() if messages else heard
        if time.monotonic() - heard > SILENT_SECONDS:
            raise KafkaUnavailable(f"Kafka stopped answering at {topic}/{partition}")


def _partitions(topic: str) -> int:
    count = topic_partitions().get(topic, 0)
    if not count:
        raise NoTopic(f"there is no topic {topic}: run manage.py apply_event_schema")
    return count


def _reader() -> Consumer:
    return consumer(
        GROUP,
        enable_partition_eof=True,
        fetch_wait_max_ms=50,
        queued_max_messages_kbytes=16_384,
    )
