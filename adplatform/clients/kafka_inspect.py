"""What an operator asks of Kafka: all messages of a topic, its exact ends, the state of a group.

Reads by assignment, outside any group, and commits nothing. For commands: ``group_state`` may abort
its process when the broker was restarted meanwhile.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from confluent_kafka import KafkaError as MessageError

from adplatform.clients import kafka

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


def scan(topic: str, starts: Mapping[int, int] | None = None) -> Iterator[kafka.Message]:
    """Every message of the topic up to its end, partition by partition, in offset order.

    ``starts`` are first offsets by partition; the others start at their first message. What is
    produced meanwhile may come too.

    Raises:
        NoTopic: there is no such topic.
        kafka.KafkaUnavailable: the broker stopped answering; what came before it is right.
    """
    reader = _reader()
    try:
        for partition in range(_partitions(topic)):
            first = kafka.watermarks(reader, topic, partition)[0]
            start = max((starts or {}).get(partition, 0), first)
            yield from _to_end(reader, topic, partition, start)
    finally:
        reader.close()


def ends(topic: str) -> dict[int, Ends]:
    """The ends of every partition, exact also on the embedded broker.

    Raises:
        NoTopic, kafka.KafkaUnavailable: as for ``scan``.
    """
    reader = _reader()
    try:
        return {
            partition: _ends(reader, topic, partition) for partition in range(_partitions(topic))
        }
    finally:
        reader.close()


def group_state(group: str) -> str:
    """The broker's word for the group: STABLE when it has members, EMPTY, DEAD and so on.

    Raises:
        kafka.KafkaUnavailable: the broker did not answer.
    """
    asked = kafka._admin().describe_consumer_groups([group])  # noqa: SLF001 - the same client
    described = kafka._answer(asked[group])  # noqa: SLF001
    return str(described.state.name)


def _ends(reader: kafka.Consumer, topic: str, partition: int) -> Ends:
    """The second watermark is a lower bound on the embedded broker: read what lies behind it."""
    first, known = kafka.watermarks(reader, topic, partition)
    last = known
    for message in _to_end(reader, topic, partition, max(known, first)) if known > first else ():
        last = (message.offset() or 0) + 1
    return Ends(first, last)


def _to_end(
    reader: kafka.Consumer, topic: str, partition: int, start: int
) -> Iterator[kafka.Message]:
    reader.assign([kafka.position(topic, partition, start)])
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
            raise kafka.KafkaUnavailable(f"Kafka stopped answering at {topic}/{partition}")


def _partitions(topic: str) -> int:
    count = kafka.topic_partitions().get(topic, 0)
    if not count:
        raise NoTopic(f"there is no topic {topic}: run manage.py apply_event_schema")
    return count


def _reader() -> kafka.Consumer:
    return kafka.consumer(
        GROUP,
        enable_partition_eof=True,
        fetch_wait_max_ms=50,
        queued_max_messages_kbytes=16_384,
    )
