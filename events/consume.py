"""[FLOW] From Kafka to ClickHouse, every event once: each batch passes the steps."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import kafka
from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.kafka import KafkaUnavailable
from events import ledger, selftest, store
from events.dedup import Deduplicator
from events.ledger import LedgerUnavailable, Superseded
from events.limits import Limits, TooManyDeadLetters
from events.reader import Batch, Reader, Waiting
from events.steps import STEPS, Tools, Work
from events.stream import Stream

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0
PASSING: Final = (
    ClickHouseError,  # a question that it refuses is never a row's fault
    KafkaUnavailable,
    LedgerUnavailable,
    store.TryLater,
    TooManyDeadLetters,
)


class Stopped(Exception):
    """The consumer was asked to stop while it waited; a batch in hand stays open in the ledger."""


@dataclass(slots=True)
class Tally:
    """What a consumer has done since it started."""

    inserted: int = 0
    duplicates: int = 0
    dead_letters: int = 0


class Consumer:
    """Consumes one topic until asked to stop."""

    def __init__(self, reader: Reader, tools: Tools, stop: threading.Event) -> None:
        self.reader = reader
        self.tools = tools
        self.stop = stop
        self.steps = STEPS
        self.tally = Tally()

    def step(self) -> bool:
        """Read once and store every batch that is due; False when there was nothing to do."""
        came = self.reader.poll()
        for waiting in self.reader.unlearned():
            self._learn(waiting)
        done = 0
        while batch := self._patiently(self.reader.next_batch):
            self._consume(batch)
            done += 1
        self._patiently(lambda: self.reader.tell_caught_up(self.tools.now()))
        return bool(came or done)

    def _learn(self, waiting: Waiting) -> None:
        try:
            self._patiently(partial(self.reader.learn, waiting), waiting)
        except Superseded:
            self.reader.give_up(waiting)

    def _consume(self, batch: Batch) -> None:
        """Every step in turn; each repeats itself until the engine that it needs is back."""
        try:
            for step in self.steps:
                self._patiently(partial(step, batch.work, self.tools), batch.waiting, batch.work)
        except Superseded:
            self.reader.give_up(batch.waiting)
        else:
            self.reader.done(batch)
            self._count(batch.work)

    def _patiently(
        self, step: Callable[[], Answer], waiting: Waiting | None = None, work: Work | None = None
    ) -> Answer:
        """The step's answer, however long its engine is away; we stay in the group meanwhile.

        Raises:
            Superseded: the partition that waits was taken from us meanwhile.
            Stopped: we were asked to stop.
        """
        for pause in _pauses():
            try:
                return step()
            except PASSING as exc:
                self._wait(exc, pause, work)
            if self.stop.is_set():
                raise Stopped
            if waiting and not self.reader.owns(waiting):
                raise Superseded
        raise AssertionError("unreachable: the pauses never end")

    def _wait(self, why: Exception, pause: float, work: Work | None) -> None:
        if work and isinstance(why, TooManyDeadLetters):
            log.error("halted", error=str(why), token=work.bounds.token())
            metrics.CONSUMER_HALTED.set(1)
            with suppress(LedgerUnavailable):
                work.entry = ledger.halt(work.entry, str(why))
        else:
            log.warning("engine_away", error=str(why), retry_in_seconds=pause)
        self.reader.rest(pause, self.stop)

    def _count(self, work: Work) -> None:
        self.tally.inserted += len(work.fresh)
        self.tally.duplicates += work.duplicates
        self.tally.dead_letters += len(work.poison)
        metrics.EVENTS_CONSUMED.labels("inserted").inc(len(work.fresh))
        metrics.EVENTS_CONSUMED.labels("duplicate").inc(work.duplicates)
        metrics.EVENTS_CONSUMED.labels("dead_letter").inc(len(work.poison))
        metrics.CONSUMER_VERIFYING.set(work.entry.trust.is_verifying(self.tools.now()))
        metrics.CONSUMER_HALTED.set(0)


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def run(
    stop: threading.Event,
    stream: Stream,
    *,
    until_caught_up: bool = False,
    accept_dead_letters: bool = False,
) -> Tally:
    """Consume a stream until ``stop`` is set, or until the topic's end when ``until_caught_up``.

    Raises:
        selftest.WouldCountTwice: the server's settings would double the counts.
        clickhouse.ClickHouseUnavailable: nothing could be checked at the start.
    """
    tools = _tools_from_settings(stream, accept_dead_letters=accept_dead_letters)
    reader = _reader_from_settings(stream)
    consumer = Consumer(reader, tools, stop)
    try:
        while not stop.is_set():
            if not consumer.step() and until_caught_up and reader.caught_up():
                break
    except Stopped:
        log.info("consumer_stopped_while_waiting")
    finally:
        reader.close()
    return consumer.tally


def _tools_from_settings(stream: Stream, *, accept_dead_letters: bool) -> Tools:
    ratio = settings.EVENTS_DLQ_MAX_PERCENT / 100
    limits = Limits(settings.EVENTS_DLQ_MAX_CONSECUTIVE, ratio)
    return Tools(
        Deduplicator(settings.EVENTS_DEDUP_SECONDS, table=stream.table),
        Limits(0, 0) if accept_dead_letters else limits,
        window=selftest.check(stream.table),
        stream=stream,
    )


def _reader_from_settings(stream: Stream) -> Reader:
    return Reader(
        kafka.consumer(stream.channel.group),
        stream.channel.topic,
        rows=settings.EVENTS_BATCH_ROWS,
        wait_seconds=settings.EVENTS_BATCH_MS / 1000,
        table=stream.table,
    )
