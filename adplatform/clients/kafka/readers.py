"""Members of a group that read, and places in a topic."""

from confluent_kafka import Consumer, TopicPartition

from adplatform.clients.kafka.connection import REQUEST_SECONDS, Config, answered, connection


def consumer(group: str, **overrides: str | int | bool) -> Consumer:
    """A consumer of ``group`` that starts at the earliest message and never commits by itself.

    The whole assignment moves at a rebalance (range): the embedded broker leaves a cooperative
    group stuck for good when two members leave at once. A hand-over takes it about half of
    ``session.timeout.ms``. ``overrides`` are librdkafka settings with underscores for dots.
    """
    config: Config = {
        **connection(),
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "range",
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1500,
        **{name.replace("_", "."): value for name, value in overrides.items()},
    }
    return Consumer(config)


def position(topic: str, partition: int, offset: int) -> TopicPartition:
    """A place in a topic, for seeking and committing."""
    return TopicPartition(topic, partition, offset)


def watermarks(
    reader: Consumer, topic: str, partition: int, *, timeout: float = REQUEST_SECONDS
) -> tuple[int, int]:
    """The first offset a partition holds and the next it will get.

    The embedded broker's second number is one past the *first* message of the last batch: a lower
    bound, and 0 only for an empty partition.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    place = TopicPartition(topic, partition)
    low, high = answered(lambda: reader.get_watermark_offsets(place, timeout=timeout))
    return int(low), int(high)


def committed(reader: Consumer, place: TopicPartition) -> int | None:
    """The offset that the reader's group has committed; None when it has none.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    (found,) = answered(lambda: reader.committed([place], timeout=REQUEST_SECONDS))
    return int(found.offset) if found.offset >= 0 else None
