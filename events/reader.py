"""The consumer's side of Kafka: what waits per partition, and which batch is next."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import uuid4

import structlog

from adplatform import metrics
from adplatform.clients import kafka
from events import ledger, store
from events.ledger import Entry, Source, Start, Superseded
from events.plan import Bounds, next_size
from events.records import Record
from events.steps import Work
from events.stream import AD_EVENTS, Table

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.1
QUIET_SECONDS: Final = 2.0  # the embedded broker's end of a partition lags behind by a batch
SUPERSEDED_SECONDS: Final = 0.5
RELEARN_SECONDS: Final = 1.0
CAUGHT_UP_SECONDS: Final = 2.0  # how often the ledger hears that nothing waits


@dataclass(slots=True, eq=False)
class Waiting:
    """An assigned partition and its messages that are not in a batch yet."""

    partition: int
    entry: Entry | None = None  # None until ``learn``
    next_offset: int = 0
    records: list[Record] = field(default_factory=list)
    since: float = 0.0  # when the oldest of them came, on the reader's clock
    last_change: float = 0.0
    told: float = 0.0  # when the ledger last heard that nothing waits
    rests_until: float = 0.0  # when to learn it anew, on the reader's clock


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch to work on, and the partition that it is of."""

    work: Work
    waiting: Waiting


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
        table: Table = AD_EVENTS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.topic = topic
        self.rows = rows
        self.wait_seconds = wait_seconds
        self.table = table
        self._clock = clock
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
        """Partitions that were assigned and whose ledger has not been taken over yet."""
        now = self._clock()
        waiting = self._waiting.values()
        return [each for each in waiting if each.entry is None and each.rests_until <= now]

    def learn(self, waiting: Waiting) -> None:
        """Take the partition's ledger over and go where it says; Kafka's own offset is not asked.

        Raises:
            KafkaUnavailable, LedgerUnavailable, ClickHouseUnavailable: not now; try again.
        """
        topic = kafka.describe(self.topic)
        source = Source(self.topic, topic.id, waiting.partition, topic.partitions)
        entry = ledger.take(source, _owner(), self._start(source))
        self._seek(waiting.partition, entry.next_offset)
        waiting.records.clear()
        waiting.next_offset = entry.next_offset
        waiting.entry = entry

    def next_batch(self) -> Batch | None:
        """The batch that is due, if one is."""
        for waiting in list(self._waiting.values()):
            try:
                batch = self._due(waiting)
            except Superseded:
                self.give_up(waiting)
            else:
                if batch is not None:
                    return batch
        return None

    def owns(self, waiting: Waiting) -> bool:
        """Whether the partition is still ours, without a break."""
        return self._waiting.get(waiting.partition) is waiting

    def done(self, batch: Batch) -> None:
        """The batch is finished in the ledger; the group hears of it for its lag.

        A failure is only logged: the ledger is what counts, the next commit makes up for it.
        """
        batch.waiting.entry = batch.work.entry
        try:
            offset = batch.work.entry.next_offset
            position = kafka.position(self.topic, batch.waiting.partition, offset)
            self._consumer.commit(offsets=[position], asynchronous=False)
        except kafka.KafkaError as exc:
            log.warning("commit_failed", token=batch.work.bounds.token(), error=str(exc))

    def give_up(self, waiting: Waiting) -> None:
        """Another worker has taken the partition over: learn it anew should it stay ours."""
        log.info("superseded", topic=self.topic, partition=waiting.partition)
        self._learn_anew(waiting, SUPERSEDED_SECONDS)

    def tell_caught_up(self, now: datetime) -> None:
        """Let the ledger know of partitions at whose end we have been for a moment.

        Raises:
            LedgerUnavailable: PostgreSQL did not answer.
        """
        for waiting in list(self._waiting.values()):
            if waiting.entry and self._is_idle(waiting):
                waiting.told = self._clock()
                try:
                    waiting.entry = ledger.caught_up(waiting.entry, now)
                except Superseded:
                    self.give_up(waiting)

    def caught_up(self) -> bool:
        """Whether partitions are assigned, nothing waits, and it has been quiet at their ends."""
        if not self._waiting or any(each.records for each in self._waiting.values()):
            return False
        quiet = self._clock() - max(each.last_change for each in self._waiting.values())
        return quiet >= QUIET_SECONDS and all(map(self._at_end, self._waiting.values()))

    def close(self) -> None:
        self._consumer.close()

    def _start(self, source: Source) -> Start:
        """Where to begin: the ledger's place; below what is stored, every event is looked up.

        A ledger that was restored from a backup, or lost its last writes, is behind that.
        """
        known = ledger.place(source)
        if known is None:
            return self._start_anew(source)
        stored = store.stored_end(source.topic_id, source.partition, known, self.table)
        return Start(known, stored)

    def _start_anew(self, source: Source) -> Start:
        """Without a ledger: what the group has committed, else the first message."""
        place = kafka.position(self.topic, source.partition, 0)
        low, _high = kafka.watermarks(self._consumer, self.topic, source.partition)
        committed = kafka.committed(self._consumer, place)
        stored = store.stored_end(source.topic_id, source.partition, table=self.table)
        known_topic = stored > 0  # else the group's offset may be of a topic that is gone
        start = committed if known_topic and committed is not None else low
        return Start(next_offset=max(start, low), stored_below=stored)

    def _seek(self, partition: int, offset: int) -> None:
        place = kafka.position(self.topic, partition, offset)
        try:
            self._consumer.seek(place)
        except kafka.KafkaError as exc:
            raise kafka.KafkaUnavailable(f"cannot go to {place}: {exc}") from exc

    def _is_idle(self, waiting: Waiting) -> bool:
        clock = self._clock()
        quiet = clock - waiting.last_change >= QUIET_SECONDS and not waiting.records
        return quiet and clock - waiting.told >= CAUGHT_UP_SECONDS and self._at_end(waiting)

    def _at_end(self, waiting: Waiting) -> bool:
        """By what the last fetch said: asking the broker would wait for the fetch under way."""
        place = kafka.position(self.topic, waiting.partition, waiting.next_offset)
        ends = self._consumer.get_watermark_offsets(place, cached=True)
        return ends is None or ends[1] < 0 or waiting.next_offset >= ends[1]

    def _keep(self, messages: Iterable[Message]) -> None:
        now = self._clock()
        for message in messages:
            waiting = self._waiting.get(message.partition() or 0)
            if message.error() is not None:
                log.warning("kafka_message_error", error=str(message.error()))
                continue
            if waiting is None or waiting.entry is None:
                continue  # of a partition that was revoked, or is read anew once it is learned
            waiting.last_change = now
            offset = message.offset() or 0
            if self._in_turn(waiting, offset):
                if not waiting.records:
                    waiting.since = now
                waiting.records.append(Record(offset, message.key(), message.value()))
                waiting.next_offset = offset + 1

    def _in_turn(self, waiting: Waiting, offset: int) -> bool:
        """Whether the message is to be stored: not when the ledger is beyond it.

        Offsets that go back are a topic that was made again, or a broker that lost its end.
        """
        expected, partition = waiting.next_offset, waiting.partition
        if offset > expected:
            metrics.EVENTS_OUT_OF_TURN.labels("missing").inc(offset - expected)
            log.error("offsets_missing", partition=partition, first=expected, last=offset - 1)
        if offset < expected:
            metrics.EVENTS_OUT_OF_TURN.labels("again").inc()
            log.error("offset_went_back", partition=partition, expected=expected, got=offset)
            self._learn_anew(waiting, RELEARN_SECONDS)
        return offset >= expected

    def _learn_anew(self, waiting: Waiting, after_seconds: float) -> None:
        waiting.entry = None
        waiting.records.clear()
        waiting.rests_until = self._clock() + after_seconds

    def _due(self, waiting: Waiting) -> Batch | None:
        entry = waiting.entry
        if entry is None or not waiting.records:
            return None
        if entry.open and waiting.records[0].offset > entry.open.last:
            waiting.entry = entry = ledger.skip_to(entry, waiting.records[0].offset)
        ripe = self._clock() - waiting.since >= self.wait_seconds
        if not (ripe or entry.open or len(waiting.records) >= self.rows):
            return None
        offsets = [record.offset for record in waiting.records]
        size = next_size(offsets, entry.open, rows=self.rows, ripe=ripe)
        return None if size is None else self._take(waiting, entry, size)

    def _take(self, waiting: Waiting, entry: Entry, size: int) -> Batch:
        records, waiting.records = waiting.records[:size], waiting.records[size:]
        source = entry.source
        made = Bounds(source.topic_id, source.partition, records[0].offset, records[-1].offset)
        work = Work(records, entry.open or made, entry, replay=entry.open is not None)
        return Batch(work, waiting)

    def _assign(self, _consumer: object, partitions: Sequence[kafka.TopicPartition]) -> None:
        for each in partitions:
            self._waiting[each.partition] = Waiting(each.partition, last_change=self._clock())

    def _revoke(self, _consumer: object, partitions: Sequence[kafka.TopicPartition]) -> None:
        for each in partitions:
            self._waiting.pop(each.partition, None)


def _owner() -> str:
    """A name for one stay at one partition."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{uuid4().hex[:12]}"
