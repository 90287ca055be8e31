"""Kafka: one idempotent producer per process, consumers and topics.

Errors are ``KafkaError`` (confluent-kafka's exception under one name, since a ``Consumer`` that we
hand out raises it too) and its subclass ``KafkaUnavailable``.
"""

import atexit
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Final, NamedTuple, TypeVar

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaException,
    Message,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka import KafkaError as DeliveryError
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from confluent_kafka.cimpl import NewTopic
from django.conf import settings

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning

__all__ = ["Consumer", "KafkaError", "KafkaUnavailable", "Message", "TopicPartition"]

log = logging.getLogger(__name__)
client_log = logging.getLogger(f"{__name__}.librdkafka")

REQUEST_SECONDS: Final = 5.0
DELIVERY_SECONDS: Final = 8.0
FLUSH_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.1
REPEAT_SECONDS: Final = 30.0
QUEUE_MESSAGES: Final = 100_000
QUEUE_KBYTES: Final = 65_536

Headers = Sequence[tuple[str, bytes]]
OnDelivery = Callable[[DeliveryError | None, Message], None]
Config = dict[str, Any]  # librdkafka's own: words, numbers and callbacks
Result = TypeVar("Result")
KafkaError = KafkaException


class KafkaUnavailable(KafkaException):
    """The broker did not answer or did not acknowledge in time."""


def produce(
    topic: str,
    key: bytes,
    value: bytes,
    headers: Headers | None = None,
    on_delivery: OnDelivery | None = None,
) -> None:
    """Hand a message to the producer and return at once.

    ``on_delivery(error, message)`` is called on the polling thread; ``error`` is None once the
    broker has acknowledged.

    Raises:
        KafkaUnavailable: the queue is full, because the broker is away or too slow.
        EngineNotRunning: no address is known.
    """
    _sender().send(topic, key, value, headers, on_delivery or _ignore)


def produce_and_wait(
    messages: Sequence[tuple[str, bytes, bytes]], timeout: float = DELIVERY_SECONDS + 1
) -> None:
    """Produce (topic, key, value) messages and wait until the broker has acknowledged all.

    Raises:
        KafkaUnavailable: at least one was not acknowledged in ``timeout`` seconds; others may be
            stored.
    """
    acks = _Acks(len(messages))
    sender = _sender()
    for topic, key, value in messages:
        sender.send(topic, key, value, None, acks.count)
    acks.wait(timeout)


def consumer(group: str, **overrides: str | int | bool) -> Consumer:
    """A consumer of ``group`` that starts at the earliest message and never commits by itself.

    The whole assignment moves at a rebalance (range): the embedded broker leaves a cooperative
    group stuck for good when two members leave at once. A hand-over takes it about half of
    ``session.timeout.ms``. ``overrides`` are librdkafka settings with underscores for dots.
    """
    config: Config = {
        **_connection(),
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "partition.assignment.strategy": "range",
        "session.timeout.ms": 6000,
        "heartbeat.interval.ms": 1500,
        **{name.replace("_", "."): value for name, value in overrides.items()},
    }
    return Consumer(config)


def ensure_topics(partitions: Mapping[str, int], replication: int) -> None:
    """Create the topics that are missing; existing ones are left as they are.

    Raises:
        KafkaUnavailable: the broker did not answer or refused.
    """
    known = topic_partitions()
    wanted = [
        NewTopic(name, num_partitions=count, replication_factor=replication)
        for name, count in partitions.items()
        if name not in known
    ]
    if not wanted:
        return
    for created in _admin().create_topics(wanted, request_timeout=REQUEST_SECONDS).values():
        _created(created)


def topic_partitions() -> dict[str, int]:
    """The number of partitions of every topic of the cluster."""
    metadata = _answered(lambda: _admin().list_topics(timeout=REQUEST_SECONDS))
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


class Topic(NamedTuple):
    """The broker's id of a topic (KIP-516) is another one when the topic is made again.

    The embedded broker gives ids too, new ones at each start.
    """

    id: str
    partitions: int


def describe(name: str) -> Topic:
    """A topic's id and number of partitions.

    Raises:
        KafkaUnavailable: the broker did not answer, or the topic does not exist.
    """
    described = _admin().describe_topics(TopicCollection([name]), request_timeout=REQUEST_SECONDS)
    topic = _answer(described[name])
    return Topic(str(topic.topic_id), len(topic.partitions))


def group_lag(group: str, topic: str) -> dict[int, int]:
    """Messages per partition that the group has not committed yet.

    The embedded broker gives the first offset of the last batch as the end, so that its lag may be
    too small by that batch.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    partitions = range(topic_partitions().get(topic, 0))
    places = [TopicPartition(topic, partition) for partition in partitions]
    if not places:
        return {}
    committed = _committed(group, places)
    earliest, latest = OffsetSpec.earliest(), OffsetSpec.latest()  # type: ignore[no-untyped-call]
    first, last = _offsets(places, earliest), _offsets(places, latest)
    done = {part: max(committed.get(part, 0), first[part]) for part in partitions}
    return {part: max(last[part] - done[part], 0) for part in partitions}


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
    low, high = _answered(lambda: reader.get_watermark_offsets(place, timeout=timeout))
    return int(low), int(high)


def committed(reader: Consumer, place: TopicPartition) -> int | None:
    """The offset that the reader's group has committed; None when it has none.

    Raises:
        KafkaUnavailable: the broker did not answer.
    """
    (found,) = _answered(lambda: reader.committed([place], timeout=REQUEST_SECONDS))
    return int(found.offset) if found.offset >= 0 else None


def cluster_ready(timeout: float = REQUEST_SECONDS) -> bool:
    """Whether a broker answers a metadata request in ``timeout`` seconds."""
    try:
        metadata = _admin().list_topics(timeout=timeout)
    except KafkaException:
        return False
    return bool(metadata.brokers)


def broker_answers(address: str, timeout: float) -> bool:
    """Like ``cluster_ready`` for a given address; needs no settings."""
    quiet: Config = {"bootstrap.servers": address, "log_level": 0, "reconnect.backoff.ms": 20}
    try:
        return bool(AdminClient(quiet).list_topics(timeout=timeout).brokers)
    except KafkaException:
        return False


@atexit.register
def flush(timeout: float = FLUSH_SECONDS) -> int:
    """Wait until the producer's queue is empty; returns how many messages are still in it."""
    senders = _senders.get(os.getpid(), ())
    return sum(sender.flush(timeout) for sender in senders)


class _Seldom(logging.Filter):
    """librdkafka reports every attempt to reconnect; one line of a kind in a while is enough."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.getMessage().partition(" ")[0]
        if record.created - self._last.get(kind, 0.0) < REPEAT_SECONDS:
            return False
        self._last[kind] = record.created
        return True


client_log.addFilter(_Seldom())


class _Sender:
    """A producer and the thread that serves its delivery reports.

    A producer that has failed is replaced and only delivers or reports what it still holds: after a
    fatal error (KIP-360), or after a time-out, since a broker that lost its log never acknowledges
    an old producer's sequence numbers again.
    """

    def __init__(self) -> None:
        self.failed = False
        self._producer = Producer(
            {
                **_connection(),
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "delivery.timeout.ms": int(DELIVERY_SECONDS * 1000),
                "queue.buffering.max.messages": QUEUE_MESSAGES,
                "queue.buffering.max.kbytes": QUEUE_KBYTES,
                "error_cb": self._on_error,
            }
        )
        threading.Thread(target=self._poll, name="kafka-producer", daemon=True).start()

    def send(
        self, topic: str, key: bytes, value: bytes, headers: Headers | None, report: OnDelivery
    ) -> None:
        try:
            self._producer.produce(
                topic,
                value,
                key,
                headers=list(headers) if headers else None,
                on_delivery=lambda error, message: self._report(error, message, report),
            )
        except (BufferError, KafkaException) as exc:
            metrics.ENGINE_CALLS.labels("kafka", "unavailable").inc()
            raise KafkaUnavailable(f"Kafka takes no message for {topic}: {exc}") from exc

    def flush(self, timeout: float) -> int:
        return int(self._producer.flush(timeout))

    def holds_messages(self) -> bool:
        return len(self._producer) > 0

    def _report(
        self, error: DeliveryError | None, message: Message, on_delivery: OnDelivery
    ) -> None:
        metrics.ENGINE_CALLS.labels("kafka", "unavailable" if error else "ok").inc()
        if error is not None:
            self._on_error(error)
        on_delivery(error, message)

    def _poll(self) -> None:
        while not self.failed or self.holds_messages():
            self._producer.poll(POLL_SECONDS)

    def _on_error(self, error: DeliveryError) -> None:
        self.failed = self.failed or error.fatal() or error.code() == DeliveryError._MSG_TIMED_OUT  # noqa: SLF001 - librdkafka's name


class _Acks:
    """Counts delivery reports until all are in."""

    def __init__(self, expected: int) -> None:
        self._left = expected
        self._error: DeliveryError | None = None
        self._all_in = threading.Event()
        if not expected:
            self._all_in.set()

    def count(self, error: DeliveryError | None, _message: Message) -> None:
        """One delivery report; they all come from one polling thread."""
        self._error = self._error or error
        self._left -= 1
        if self._left <= 0:
            self._all_in.set()

    def wait(self, timeout: float) -> None:
        if not self._all_in.wait(timeout):
            raise KafkaUnavailable(f"Kafka did not acknowledge in {timeout:.0f} s")
        if self._error is not None:
            raise KafkaUnavailable(f"Kafka did not store a message: {self._error}")


_senders: dict[
    int, list[_Sender]
] = {}  # by process id, as a forked child makes its own; last: used
_admins: dict[tuple[int, str], AdminClient] = {}
_creating = threading.Lock()


def _sender() -> _Sender:
    ours = _senders.get(os.getpid())
    if ours and not ours[-1].failed:
        return ours[-1]
    with _creating:
        ours = _senders.get(os.getpid(), [])
        if not ours or ours[-1].failed:
            ours = [sender for sender in ours if sender.holds_messages()] + [_Sender()]
            _senders[os.getpid()] = ours
        return ours[-1]


def _admin() -> AdminClient:
    place = (os.getpid(), settings.KAFKA_BOOTSTRAP_SERVERS)
    with _creating:
        if place not in _admins:
            _admins[place] = AdminClient(_connection())
        return _admins[place]


def _connection() -> Config:
    """The settings of every client; librdkafka's own lines go to the log instead of stderr."""
    if not settings.KAFKA_BOOTSTRAP_SERVERS:
        raise EngineNotRunning("Kafka", "KAFKA_BOOTSTRAP_SERVERS")
    return {
        "bootstrap.servers": settings.KAFKA_BOOTSTRAP_SERVERS,
        "client.id": "adplatform",
        "logger": client_log,
        "log.connection.close": False,
        "reconnect.backoff.max.ms": 2000,
        "allow.auto.create.topics": False,
    }


def _ignore(_error: DeliveryError | None, _message: Message) -> None:
    """A sender that does not care."""


def _answered(ask: Callable[[], Result]) -> Result:
    try:
        result = ask()
    except (KafkaException, TimeoutError) as exc:
        metrics.ENGINE_CALLS.labels("kafka", "unavailable").inc()
        raise KafkaUnavailable(f"Kafka did not answer: {exc}") from exc
    metrics.ENGINE_CALLS.labels("kafka", "ok").inc()
    return result


def _answer(future: "Future[Result]") -> Result:
    return _answered(lambda: future.result(timeout=REQUEST_SECONDS + 1))


def _created(future: "Future[None]") -> None:
    """Accept that another process was faster."""
    try:
        _answer(future)
    except KafkaUnavailable as exc:
        cause = exc.__cause__.args[0] if exc.__cause__ and exc.__cause__.args else None
        if getattr(cause, "code", int)() != DeliveryError.TOPIC_ALREADY_EXISTS:
            raise


def _committed(group: str, places: Sequence[TopicPartition]) -> dict[int, int]:
    asked = _admin().list_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, list(places))], request_timeout=REQUEST_SECONDS
    )
    found = [_answer(future) for future in asked.values()]
    return {each.partition: each.offset for part in found for each in part.topic_partitions}


def _offsets(places: Sequence[TopicPartition], which: OffsetSpec) -> dict[int, int]:
    asked = _admin().list_offsets(dict.fromkeys(places, which), request_timeout=REQUEST_SECONDS)
    return {place.partition: int(_answer(future).offset) for place, future in asked.items()}
