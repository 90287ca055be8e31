"""Random faults on the consumer's steps: real ClickHouse, Valkey, ledger; only Kafka is a list."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from adplatform.clients import clickhouse
from adplatform.clients import redis as redis_client
from events.tiers import RAW, TIERS
from events.types import Event, EventType, encode
from tests.faults.injected import Call, LostAnswers
from tests.faults.truth import check
from tests.faults.world import PARTITIONS, World, begin

REFUSED_CENTS = 666  # a constraint on the raw table refuses it: see test_protocol
TIMES = [datetime(2026, 11, 20, 12, 59, 59, tzinfo=UTC) - timedelta(days=days) for days in (0, 40)]
NOBODY = "redis://127.0.0.1:1/0"
SKEWS = [timedelta(hours=hours) for hours in (0, 0, -100, 100)]
DRAIN_ROUNDS = 2000
few = st.integers(1, 6)
either = st.booleans()
index = st.integers(0, 1000)
partitions = st.integers(0, PARTITIONS - 1)


class Protocol(RuleBasedStateMachine):
    lost: ClassVar[LostAnswers]
    dead_letters: ClassVar[Callable[[str, int], set[str]]]  # the keys of a topic's
    redis_url: ClassVar[str]
    world: World
    broken: set[str]
    refused_once: bool  # a view of the example
    skewed: bool  # a clock of the example

    @initialize(rows=few)
    def begin(self, rows: int) -> None:
        for table in (RAW, *(tier.table for tier in TIERS)):
            clickhouse.command(f"TRUNCATE TABLE {table}")
        self.world = begin()
        self.broken, self.refused_once, self.skewed = set(), False, False
        for partition in range(PARTITIONS):
            self.world.hand_over(partition, self.world.hire(rows), told=True)

    @rule(many=few, cents=st.integers(0, 9), other=either, old=either)
    def produce(self, *, many: int, cents: int, other: bool, old: bool) -> None:
        for number in range(many):
            event = Event(
                event_id=uuid4(),
                tenant_id=self.world.tenants[other],
                ts=TIMES[old or number == 1],
                event_type=EventType.IMPRESSION,
                value_cents=cents,
                cost_micros=1000 + number,
                received_at=datetime.now(UTC),
            )
            self.world.sent.append(event)
            self.world.send(event)

    @precondition(lambda self: self.world.sent)
    @rule(which=index, many=few)
    def retry(self, which: int, many: int) -> None:
        for number in range(many):
            self.world.send(self.world.sent[(which + number) % len(self.world.sent)])

    @precondition(lambda self: self.world.sent)
    @rule(which=index)
    def send_the_id_of_another_tenant(self, which: int) -> None:
        event = self.world.sent[which % len(self.world.sent)]
        first, second = self.world.tenants
        other = second if event.tenant_id == first else first
        self.world.send(_with(event, tenant_id=other))

    @rule(number=index, value=st.sampled_from([b"{", b"", b"\xff", b'{"event_id": 1}']))
    def send_poison(self, number: int, value: bytes) -> None:
        self.world.send_poison(b"%d" % number, value)

    @rule()
    def send_a_row_that_is_refused(self) -> None:
        refused = Event(
            event_id=uuid4(),
            tenant_id=self.world.tenants[0],
            ts=TIMES[0],
            event_type=EventType.IMPRESSION,
            value_cents=REFUSED_CENTS,
        )
        self.world.send_poison(refused.key, encode(refused))

    @rule(who=index, steps=st.integers(1, 20))
    def work(self, who: int, steps: int) -> None:
        worker = self.world.workers[who % len(self.world.workers)]
        for _ in range(steps):
            worker.advance()

    @rule(partition=partitions, steps=st.integers(1, 40))
    def work_on(self, partition: int, steps: int) -> None:
        for _ in range(steps):
            self.world.holders[partition].advance()

    @rule(
        partition=partitions,
        rows=few,
        told=either,
        skew=st.sampled_from(SKEWS),
    )
    def take_over(self, *, partition: int, rows: int, told: bool, skew: timedelta) -> None:
        """By a new worker; the one before is told, or goes on as a zombie."""
        successor = self.world.hire(rows, timedelta(0) if self.refused_once else skew)
        self.skewed = self.skewed or bool(skew)
        self.world.hand_over(partition, successor, told=told)

    @rule(partition=partitions, told=either)
    def rebalance(self, *, partition: int, told: bool) -> None:
        """The other partition's worker takes this one too."""
        self.world.hand_over(partition, self.world.holders[1 - partition], told=told)

    @rule(partition=partitions, rows=few)
    def crash(self, partition: int, rows: int) -> None:
        crashed = self.world.holders[partition]
        self.world.workers.remove(crashed)
        successor = self.world.hire(rows)
        for held, worker in list(self.world.holders.items()):
            if worker is crashed:
                self.world.hand_over(held, successor, told=True)

    @rule()
    def flush_redis(self) -> None:
        redis_client.connect(self.redis_url, socket_seconds=5).flushall()

    @rule(away=either)
    def redis_goes_or_comes(self, *, away: bool) -> None:
        redis_client.close()
        settings.REDIS_URL = NOBODY if away else self.redis_url

    @rule(call=st.sampled_from(Call), applied=either)
    def lose_an_answer(self, *, call: Call, applied: bool) -> None:
        self.lost.fail_next(call, applied=applied)

    @precondition(lambda self: not self.skewed)
    @rule(tier=st.sampled_from([each.table for each in TIERS]))
    def break_a_view(self, tier: str) -> None:
        """The raw part is written, then the tier refuses.

        Not together with clocks that are days off: a worker that takes the token for expired leaves
        what the tiers lack to reconcile (events.steps).
        """
        self.refused_once = True
        if tier not in self.broken:
            self.broken.add(tier)
            clickhouse.command(f"ALTER TABLE {tier} ADD CONSTRAINT broken CHECK 0")

    @rule()
    def mend_views(self) -> None:
        for tier in self.broken:
            clickhouse.command(f"ALTER TABLE {tier} DROP CONSTRAINT broken")
        self.broken = set()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.mend_views()
        self.redis_goes_or_comes(away=False)
        self.lost.clear()
        self._drain()
        check(self.world.expected, self.world.tenants)
        found = type(self).dead_letters(self.world.topic_id, len(self.world.expected.poison))
        assert found == self.world.expected.poison

    def _drain(self) -> None:
        """A new worker finishes everything; then the zombies wake up for a last time."""
        zombies = list(self.world.workers)
        fresh = self.world.hire(3)
        for partition in range(PARTITIONS):
            self.world.hand_over(partition, fresh, told=False)
        for worker in (fresh, *zombies, fresh):
            for _ in range(DRAIN_ROUNDS):
                if not worker.advance():
                    break
            else:
                raise AssertionError("a worker comes to no end")


def _with(event: Event, *, tenant_id: int) -> Event:
    names: dict[str, Any] = {name: getattr(event, name) for name in event.__struct_fields__}
    return Event(**{**names, "tenant_id": tenant_id})
