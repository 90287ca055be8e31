"""One idempotent producer per process."""

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from confluent_kafka import KafkaError as DeliveryError
from confluent_kafka import KafkaException, Message, Producer

from adplatform import metrics
from adplatform.clients.kafka.connection import KafkaUnavailable, connection

DELIVERY_SECONDS: Final = 8.0
FLUSH_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.1
QUEUE_MESSAGES: Final = 100_000
QUEUE_KBYTES: Final = 65_536
MESSAGE_BYTES: Final = 16_000_000  # a dead letter is as large as whatever somebody sent

Headers = Sequence[tuple[str, bytes]]
OnDelivery = Callable[[DeliveryError | None, Message], None]


def produce(
    topic: str,
    key: bytes,
    value: bytes,
    headers: Headers | None = None,
    on_delivery: OnDelivery | None = None,
) -> None:
    """Hand a message to the producer and return at once.

    ``on_delivery(error, message)`` is called on the polling thread; ``error`` is None once the
    broker has acknowledged. Each call takes that thread's turn from those that answer requests, so
    without ``on_delivery`` nobody hears whether this message arrived.

    Raises:
        KafkaUnavailable: the queue is full, because the broker is away or too slow.
        EngineNotRunning: no address is known.
    """
    _sender().send(topic, key, value, headers, on_delivery)


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


@atexit.register
def flush(timeout: float = FLUSH_SECONDS) -> int:
    """Wait until the producer's queue is empty; returns how many messages are still in it."""
    senders = _senders.get(os.getpid(), ())
    return sum(sender.flush(timeout) for sender in senders)


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
                **connection(),
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 5,
                "delivery.timeout.ms": int(DELIVERY_SECONDS * 1000),
                "queue.buffering.max.messages": QUEUE_MESSAGES,
                "queue.buffering.max.kbytes": QUEUE_KBYTES,
                "message.max.bytes": MESSAGE_BYTES,
                "error_cb": self._on_error,
            }
        )
        threading.Thread(target=self._poll, name="kafka-producer", daemon=True).start()

    def send(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        headers: Headers | None,
        report: OnDelivery | None,
    ) -> None:
        try:
            self._producer.produce(
                topic,
                value,
                key,
                headers=list(headers) if headers else None,
                on_delivery=partial(self._report, report) if report else None,
            )
        except (BufferError, KafkaException) as exc:
            metrics.ENGINE_CALLS.labels("kafka", "unavailable").inc()
            raise KafkaUnavailable(f"Kafka takes no message for {topic}: {exc}") from exc

    def flush(self, timeout: float) -> int:
        return int(self._producer.flush(timeout))

    def holds_messages(self) -> bool:
        return len(self._producer) > 0

    def _report(
        self, on_delivery: OnDelivery, error: DeliveryError | None, message: Message
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
