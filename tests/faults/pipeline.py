"""A topic whose every message is known, consumer processes on it, and the final count."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet

from adplatform.clients import kafka
from events.consume import Consumer
from events.models import PartitionLedger
from events.steps import STEPS, Work
from events.types import Event, encode
from tests.events.conftest import SESSION_MS, Stream
from tests.faults.truth import Expected, check
from tests.live import PROJECT, environment, wait

DRAIN_SECONDS = 30
READS = 100


@dataclass
class Process:
    """A consumer process."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def send(self, number: signal.Signals) -> None:
        self.popen.send_signal(number)

    def wait_until_over(self, seconds: float = 40) -> int:
        """Its exit code; negative: the signal that ended it."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired as exc:
            raise AssertionError(self.log.read_text()[-2000:]) from exc

    def wait_until_stopped(self) -> None:
        """Until a SIGSTOP has reached it."""
        wait(self._is_stopped, f"it does not stop: {self.log.read_text()[-2000:]}", 40)

    def _is_stopped(self) -> bool:
        assert self.popen.poll() is None, self.log.read_text()[-2000:]
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].startswith("T")


def _report(reports: "SimpleQueue[Any]", is_event: object, error: object, message: object) -> None:
    reports.put((error, message, is_event))


@dataclass
class Pipeline:
    """One test's topic and what must be stored of it."""

    stream: Stream
    folder: Path
    expected: Expected = field(default_factory=Expected)
    ends: dict[int, int] = field(default_factory=dict)  # messages sent, by partition

    @property
    def topic_id(self) -> str:
        return kafka.describe(self.stream.topic).id

    def send(self, *messages: Event | bytes) -> None:
        """Events, and bytes that are poison."""
        self.expected.add(*(each for each in messages if isinstance(each, Event)))
        reports: SimpleQueue[Any] = SimpleQueue()
        for each in messages:
            kafka.produce(
                self.stream.topic,
                each.key if isinstance(each, Event) else uuid4().bytes,
                encode(each) if isinstance(each, Event) else each,
                on_delivery=partial(_report, reports, isinstance(each, Event)),
            )
        for _ in messages:
            error, message, is_event = reports.get(timeout=20)
            assert error is None, error
            self.note(message.partition(), message.offset(), is_event=is_event)

    def send_refused(self, *events: Event) -> None:
        """Events that ClickHouse is made to refuse: as bytes, they are poison."""
        self.send(*map(encode, events))

    def note(self, partition: int, offset: int, *, is_event: bool) -> None:
        """A message was sent."""
        self.ends[partition] = max(self.ends.get(partition, 0), offset + 1)
        if not is_event:
            self.expected.poison.add(f"{self.topic_id}:{partition}:{offset}")

    def start(self, *, group: str = "", **env: str) -> Process:
        """A consumer process; ``FAULT_…`` say how it ends: see worker.py."""
        name = f"worker-{uuid4().hex[:6]}"
        names = {
            "EVENTS_TOPIC": self.stream.topic,
            "EVENTS_DLQ_TOPIC": self.stream.dead_letter_topic,
            "EVENTS_GROUP": group or name,
            "EVENTS_BATCH_MS": "50",
            "LOG_LEVEL": "INFO",
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        }
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            popen = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.worker"],
                cwd=PROJECT,
                env={**environment(0, **names), **env},
                stdout=output,
                stderr=output,
            )
        return Process(popen, log)

    @contextmanager
    def running(self, *, group: str = "", **env: str) -> Iterator[Process]:
        """A consumer process that is killed at the end, should it still run."""
        process = self.start(group=group, **env)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send(signal.SIGKILL)
            process.popen.wait(10)

    def kill_at(self, step: str, when: str = "after", **env: str) -> None:
        """Let a process consume until it kills itself at a step."""
        fault = {"FAULT_STEP": step, "FAULT_WHEN": when, "FAULT_SIGNAL": "SIGKILL"}
        with self.running(**fault, **env) as process:
            assert process.wait_until_over() == -signal.SIGKILL, process.log.read_text()[-2000:]

    def wait_for_log(self, process: Process, words: str) -> None:
        """Until the process has written some words."""
        wait(lambda: words in process.log.read_text(), f"{words} is not in {process.log}")

    @property
    def rows(self) -> "QuerySet[PartitionLedger]":
        """Of the pipeline's topic: a consumer of the browser's tests may be at work on its own."""
        return PartitionLedger.objects.filter(topic=self.stream.topic)

    def is_drained(self) -> bool:
        """Whether the ledger has passed every message that was sent."""
        rows = self.rows.filter(topic_id=self.topic_id)
        passed = {row.partition: row.next_offset for row in rows}
        return all(passed.get(partition, -1) >= end for partition, end in self.ends.items())

    def leave_after(self, step_name: str) -> Work:
        """A consumer in this process takes the steps of a batch up to this one, and is gone."""
        consumer = self.stream.consumer()
        while (batch := consumer.reader.next_batch()) is None:
            for waiting in consumer.reader.unlearned():
                consumer.reader.learn(waiting)
            consumer.reader.poll()
        for step in STEPS:
            step(batch.work, consumer.tools)
            if step.__name__ == step_name:
                break
        consumer.reader.close()
        return batch.work

    def drain(
        self, consumer: Consumer | None = None, *, rows: int = 1000, window: int = 1000
    ) -> Consumer:
        """A consumer in this process, of another group, finishes what is left."""
        fresh = consumer or self.stream.consumer(rows=rows, window=window)
        timer = threading.Timer(DRAIN_SECONDS, self.stream.stop.set)
        timer.start()
        try:
            while not self.is_drained():
                fresh.step()
                assert not self.stream.stop.is_set(), f"not drained: {self.ledger()}"
        finally:
            timer.cancel()
            if consumer is None:
                fresh.reader.close()
        return fresh

    def wait_until_drained(self, seconds: float = DRAIN_SECONDS) -> None:
        """By the processes that run."""
        wait(self.is_drained, f"not drained: {self.ledger()} of {self.ends}", seconds)

    def ledger(self) -> list[Mapping[str, Any]]:
        return list(
            self.rows.values("partition", "next_offset", "open_first", "open_last", "owner")
        )

    def check(self) -> None:
        """Raw = unique = sent = every tier, and the dead letters are exactly the poison."""
        tenants = {tenant for tenant, _ in self.expected.events} or {1}
        check(self.expected, tenants)
        assert self.dead_letters() == self.expected.poison

    def dead_letters(self) -> set[str]:
        """The keys of the dead letters, once as many are there as there is poison."""
        reader = kafka.consumer(f"dead-{uuid4().hex[:8]}", session_timeout_ms=SESSION_MS)
        reader.assign([kafka.position(self.stream.dead_letter_topic, 0, 0)])
        keys: set[str] = set()
        for _ in range(READS):
            keys |= {(message.key() or b"").decode() for message in reader.consume(1000, 0.05)}
            if len(keys) >= len(self.expected.poison):
                break
        reader.close()
        return keys
