"""[FLOW] From Kafka to ClickHouse: split, dead letters, claims, insert, commit."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import kafka
from adplatform.clients.clickhouse import ClickHouseUnavailable
from adplatform.clients.kafka import KafkaUnavailable
from events import dlq, store
from events.dedup import Deduplicator, Verdict
from events.reader import Batch, Reader, Superseded
from events.records import Poison, split

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0
PASSING: Final = (ClickHouseUnavailable, KafkaUnavailable, store.TryLater)


class Stopped(Exception):
    """The consumer was asked to stop while it waited for an engine; nothing was committed."""


@dataclass(slots=True)
class Tally:
    """What a consumer has done since it started."""

    inserted: int = 0
    duplicates: int = 0
    dead_letters: int = 0


class Consumer:
    """Consumes the events topic until asked to stop."""

    def __init__(self, reader: Reader, dedup: Deduplicator, stop: threading.Event) -> None:
        self.reader = reader
        self.dedup = dedup
        self.stop = stop
        self.tally = Tally()

    def step(self) -> bool:
        """Read once and store every batch that is due; False when there was nothing to do."""
        came = self.reader.poll()
        for waiting in self.reader.unlearned():
            self._patiently(partial(self.reader.learn, waiting))
        done = 0
        while batch := self.reader.next_batch():
            self._consume(batch)
            done += 1
        return bool(came or done)

    def _consume(self, batch: Batch) -> None:
        try:
            self._store(batch)
        except Superseded:
            log.info("batch_superseded", token=batch.bounds.token)

    def _store(self, batch: Batch) -> None:
        """One batch, one line per step; each step may be repeated, and repeats itself."""
        bounds, topic = batch.bounds, self.reader.topic
        arrived, poison = split(batch.records)
        self._patiently(lambda: dlq.send(poison, topic=topic, partition=bounds.partition), batch)
        verdict = self._patiently(lambda: self.dedup.claim(arrived, bounds.place), batch)
        self._patiently(lambda: store.insert(verdict.fresh, bounds), batch)
        self.reader.commit(bounds)
        self._count(verdict, poison)

    def _patiently(self, step: Callable[[], Answer], batch: Batch | None = None) -> Answer:
        """The step's answer, however long its engine is away; we stay in the group meanwhile.

        Raises:
            Superseded: the batch's partition was taken from us while we waited.
            Stopped: we were asked to stop.
        """
        for pause in _pauses():
            try:
                return step()
            except PASSING as exc:
                log.warning("engine_away", error=str(exc), retry_in_seconds=pause)
            self.reader.rest(pause, self.stop)
            if self.stop.is_set():
                raise Stopped
            if batch and not self.reader.owns(batch):
                raise Superseded
        raise AssertionError("unreachable: the pauses never end")

    def _count(self, verdict: Verdict, poison: list[Poison]) -> None:
        self.tally.inserted += len(verdict.fresh)
        self.tally.duplicates += verdict.duplicates
        self.tally.dead_letters += len(poison)
        metrics.EVENTS_CONSUMED.labels("inserted").inc(len(verdict.fresh))
        metrics.EVENTS_CONSUMED.labels("duplicate").inc(verdict.duplicates)
        metrics.EVENTS_CONSUMED.labels("dead_letter").inc(len(poison))


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def run(stop: threading.Event, *, until_caught_up: bool = False) -> Tally:
    """Consume until ``stop`` is set, or until the topic's end when ``until_caught_up``."""
    reader = _reader_from_settings()
    consumer = Consumer(reader, Deduplicator(settings.EVENTS_DEDUP_SECONDS), stop)
    try:
        while not stop.is_set():
            if not consumer.step() and until_caught_up and reader.caught_up():
                break
    except Stopped:
        log.info("consumer_stopped_while_waiting")
    finally:
        reader.close()
    return consumer.tally


def _reader_from_settings() -> Reader:
    return Reader(
        kafka.consumer(settings.EVENTS_GROUP),
        settings.EVENTS_TOPIC,
        rows=settings.EVENTS_BATCH_ROWS,
        wait_seconds=settings.EVENTS_BATCH_MS / 1000,
    )
