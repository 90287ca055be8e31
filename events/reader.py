"""The consumer's side of Kafka: what waits per partition, and which batch is next."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from adplatform.clients import kafka
from events import store
from events.plan import Bounds, next_size
from events.records import Record

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.1
QUIET_SECONDS: Final = 2.0  # the embedded broker's end of a partition lags behind by a batch


@dataclass(slots=True, eq=False)
class Waiting:
    """The messages of an assigned partition that are not in a batch yet."""

    partition: int
    records: list[Record] = field(default_factory=list)
    since: float = 0.0  # when the oldest of them came, on the reader's clock
    topic_id: str = ""  # empty until ``learn``
    recorded: list[Bounds] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Batch:
    """Contiguous messages of one partition, and the bounds that name them."""

    records: Sequence[Record]
    bounds: Bounds
    source: Waiting


class Superseded(Exception):
    """The partition went to another member of the group; its batch is that member's now."""


class Message(Protocol):
    """What the reader needs of a Kafka message."""

    def error(self) -> object: ...
    def partition(self) -> int | None: ...
    def offset(self) -> int | None: ...
    def key(self) -> bytes | None: ...
    def value(self) -> bytes | None: ...


class Reader:
    """Reads one topic as a member of a group; single-threaded."""

    def __init__(
        self,
        consumer: kafka.Consumer,
        topic: str,
        *,
        rows: int,
        wait_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.topic = topic
        self.rows = rows
        self.wait_seconds = wait_seconds
        self._clock = clock
        self._last_change = clock()
        self._waiting: dict[int, Waiting] = {}
        self._consumer = consumer
        self._consumer.subscribe(
            [topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
        )

    def poll(self, seconds: float = POLL_SECONDS) -> int:
        """Fetch what has come, waiting at most ``seconds``; returns how many messages."""
        messages = self._consumer.consume(self.rows, seconds)
        self._keep(messages)
        return len(messages)

    def rest(self, seconds: float, stop: threading.Event) -> None:
        """Stay in the group for a while without taking more messages; less when ``stop`` is set."""
        self._consumer.pause(self._consumer.assignment())
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0 and not stop.is_set():
            self._keep(self._consumer.consume(1, min(left, POLL_SECONDS)))
        self._consumer.resume(self._consumer.assignment())

    def unlearned(self) -> list[Waiting]:
        """Partitions whose first message has come since they were assigned."""
        return [each for each in self._waiting.values() if each.records and not each.topic_id]

    def learn(self, waiting: Waiting) -> None:
        """Find out the topic's id and which batches a predecessor has left unfinished.

        Raises:
            KafkaUnavailable, ClickHouseUnavailable: not now; try again.
        """
        topic_id = kafka.topic_ids([self.topic])[self.topic]
        first = waiting.records[0].offset
        waiting.recorded = store.recorded(topic_id, waiting.partition, first)
        waiting.topic_id = topic_id

    def next_batch(self) -> Batch | None:
        """The batch that is due, if one is."""
        for waiting in list(self._waiting.values()):
            size = self._due(waiting)
            if size is not None:
                return self._take(waiting, size)
        return None

    def owns(self, batch: Batch) -> bool:
        """Whether the batch's partition is still ours, without a break."""
        return self._waiting.get(batch.bounds.partition) is batch.source

    def commit(self, bounds: Bounds) -> None:
        """Tell the group how far we are.

        A failure is only logged: the rows are stored, and the next commit, or a replay with the
        same bounds, makes up for it.
        """
        try:
            position = kafka.position(self.topic, bounds.partition, bounds.last + 1)
            self._consumer.commit(offsets=[position], asynchronous=False)
        except kafka.KafkaError as exc:
            log.warning("commit_failed", token=bounds.token, error=str(exc))

    def caught_up(self) -> bool:
        """Whether partitions are assigned, nothing waits, and it has been quiet at their ends."""
        mine = self._consumer.assignment()
        quiet = self._clock() - self._last_change >= QUIET_SECONDS
        if not mine or not quiet or any(each.records for each in self._waiting.values()):
            return False
        return all(self._at_end(place) for place in self._consumer.position(mine))

    def close(self) -> None:
        self._consumer.close()

    def _at_end(self, place: kafka.TopicPartition) -> bool:
        """By what the last fetch said: asking the broker would wait for the fetch under way."""
        ends = self._consumer.get_watermark_offsets(place, cached=True)
        return place.offset < 0 or ends is None or place.offset >= ends[1]

    def _keep(self, messages: Iterable[Message]) -> None:
        now = self._clock()
        for message in messages:
            waiting = self._waiting.get(message.partition() or 0)
            if message.error() is not None:
                log.warning("kafka_message_error", error=str(message.error()))
                continue
            self._last_change = now
            if waiting is None:
                continue  # of a partition that was revoked meanwhile
            offset = message.offset() or 0
            if not waiting.records:
                waiting.since = now
            waiting.records.append(Record(offset, message.key(), message.value()))

    def _due(self, waiting: Waiting) -> int | None:
        if not waiting.topic_id or not waiting.records:
            return None
        ripe = self._clock() - waiting.since >= self.wait_seconds
        if not (ripe or waiting.recorded or len(waiting.records) >= self.rows):
            return None
        offsets = [record.offset for record in waiting.records]
        return next_size(offsets, waiting.recorded, rows=self.rows, ripe=ripe)

    def _take(self, waiting: Waiting, size: int) -> Batch:
        records, waiting.records = waiting.records[:size], waiting.records[size:]
        bounds = self._bounds(waiting, records)
        waiting.recorded = [each for each in waiting.recorded if each.first > bounds.last]
        return Batch(records, bounds, waiting)

    def _bounds(self, waiting: Waiting, records: Sequence[Record]) -> Bounds:
        first, last = records[0].offset, records[-1].offset
        for known in waiting.recorded:
            if known.first == first:
                return known
        return Bounds(waiting.topic_id, waiting.partition, first, last)

    def _assign(self, _consumer: object, partitions: Sequence[kafka.TopicPartition]) -> None:
        self._last_change = self._clock()
        for each in partitions:
            self._waiting[each.partition] = Waiting(each.partition)

    def _revoke(self, _consumer: object, partitions: Sequence[kafka.TopicPartition]) -> None:
        for each in partitions:
            self._waiting.pop(each.partition, None)
