"""Workers that take the consumer's real steps one at a time, and the log they read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

from adplatform.clients import kafka
from events.consume import PASSING
from events.dedup import Deduplicator
from events.ledger import Superseded
from events.limits import Limits
from events.models import PartitionLedger
from events.reader import Batch, Reader
from events.steps import STEPS, Tools
from events.types import Event, encode
from tests.faults.log import Log, Member
from tests.faults.truth import Expected

PARTITIONS = 2
TENANTS = count(1000, 2)
EXACT_CLOCK = timedelta(0)


@dataclass
class Worker:
    """The real reader and steps, taken one step at a time."""

    member: Member
    reader: Reader
    tools: Tools
    batch: Batch | None = None
    done: int = 0  # steps of the batch

    def advance(self) -> bool:
        """One step; False when there was nothing to do."""
        try:
            return self._work() if self.batch else self._look()
        except PASSING:
            return True
        except Superseded:
            assert self.batch
            self.reader.give_up(self.batch.waiting)
            self.batch = None
            return True

    def _look(self) -> bool:
        for waiting in self.reader.unlearned():
            try:
                self.reader.learn(waiting)
            except Superseded:
                self.reader.give_up(waiting)
        came = self.reader.poll(0)
        self.reader.tell_caught_up(self.tools.now())
        self.batch, self.done = self.reader.next_batch(), 0
        return bool(came or self.batch or self.reader.unlearned())

    def _work(self) -> bool:
        assert self.batch
        STEPS[self.done](self.batch.work, self.tools)
        self.done += 1
        if self.done == len(STEPS):
            self.reader.done(self.batch)
            self.batch = None
        return True


@dataclass
class World:
    """One example: a topic of its own, two tenants, and everybody who works on it."""

    log: Log
    topic_id: str
    tenants: tuple[int, int]
    expected: Expected = field(default_factory=Expected)
    sent: list[Event] = field(default_factory=list)
    holders: dict[int, Worker] = field(default_factory=dict)  # by partition
    workers: list[Worker] = field(default_factory=list)  # zombies too

    def hire(self, rows: int, skew: timedelta = EXACT_CLOCK) -> Worker:
        member = Member(self.log)
        ticks = count()
        reader = Reader(
            member,  # type: ignore[arg-type]
            self.log.topic,
            rows=rows,
            wait_seconds=0,
            clock=lambda: float(next(ticks)),
        )
        tools = Tools(Deduplicator(3600), Limits(0, 0), 100_000, now=lambda: _now() + skew)
        self.workers.append(worker := Worker(member, reader, tools))
        return worker

    def hand_over(self, partition: int, worker: Worker, *, told: bool) -> None:
        if (before := self.holders.get(partition)) is not None:
            (before.member.lose if told else before.member.cut_off)(partition)
        self.holders[partition] = worker
        worker.member.gain(partition)

    def send(self, event: Event) -> None:
        self.log.append(event.key, encode(event))
        self.expected.add(event)

    def send_poison(self, key: bytes, value: bytes) -> None:
        partition, offset = self.log.append(key, value)
        self.expected.poison.add(f"{self.topic_id}:{partition}:{offset}")


def begin() -> World:
    """A topic and two tenants that nobody has heard of, and an empty ledger."""
    PartitionLedger.objects.all().delete()
    topic = f"protocol-{uuid4().hex[:12]}"
    kafka.ensure_topics({topic: PARTITIONS}, replication=1)
    tenant = next(TENANTS)
    log = Log(topic, [[] for _ in range(PARTITIONS)])
    return World(log, kafka.describe(topic).id, (tenant, tenant + 1))


def _now() -> datetime:
    return datetime.now(UTC)
