"""A topic, its dead letters and a consumer of their own for every test."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adplatform.clients import clickhouse, kafka
from events.consume import Consumer, Tally
from events.dedup import Deduplicator
from events.limits import Limits
from events.reader import Reader
from events.steps import Tools
from events.types import Event, encode

SESSION_MS = 1000  # the embedded broker gives the first assignment after half of it
WAIT_STEPS = 200
NO_LIMITS = Limits(0, 0)
DRIVE_SECONDS = 40


@dataclass
class Stream:
    """The events topic of one test."""

    topic: str
    dead_letter_topic: str
    stop: threading.Event = field(default_factory=threading.Event)

    def send(self, *messages: Event | bytes) -> None:
        values = [each if isinstance(each, bytes) else encode(each) for each in messages]
        keys = [each.key if isinstance(each, Event) else b"?" for each in messages]
        kafka.produce_and_wait(
            [(self.topic, key, value) for key, value in zip(keys, values, strict=True)]
        )

    def consumer(
        self,
        *,
        group: str = "",
        rows: int = 1000,
        limits: Limits = NO_LIMITS,
        window: int = 1000,
        skew: timedelta = timedelta(0),
    ) -> Consumer:
        """A consumer whose clock is wrong by ``skew``."""
        group = group or f"group-{uuid.uuid4().hex[:8]}"
        connected = kafka.consumer(group, session_timeout_ms=SESSION_MS, heartbeat_interval_ms=300)
        reader = Reader(connected, self.topic, rows=rows, wait_seconds=0.05)
        tools = Tools(Deduplicator(3600), limits, window, now=lambda: datetime.now(UTC) + skew)
        return Consumer(reader, tools, self.stop)

    def drive(self, consumer: Consumer, expected: int) -> Tally:
        """Step until that many messages are accounted for."""
        deadline = time.monotonic() + DRIVE_SECONDS
        while _accounted(consumer.tally) < expected:
            consumer.step()
            assert time.monotonic() < deadline, f"only {consumer.tally} of {expected} messages"
        return consumer.tally

    def consume(self, expected: int, *, rows: int = 1000) -> Tally:
        """Consume with a new group until that many messages are accounted for."""
        consumer = self.consumer(rows=rows)
        try:
            return self.drive(consumer, expected)
        finally:
            consumer.reader.close()

    def is_empty(self) -> bool:
        """Whether a message that is sent now becomes the first one."""
        self.send(b"the first")
        return self.read(self.topic, 1)[0].value() == b"the first"

    def read(self, topic: str, count: int) -> list[kafka.Message]:
        """The first messages of a topic."""
        reader = kafka.consumer(f"reader-{uuid.uuid4().hex[:8]}", session_timeout_ms=SESSION_MS)
        reader.assign([kafka.position(topic, 0, 0)])
        found: list[kafka.Message] = []
        for _ in range(WAIT_STEPS):
            found += reader.consume(count - len(found), 0.1)
            if len(found) >= count:
                break
        reader.close()
        return found


def _accounted(tally: Tally) -> int:
    return tally.inserted + tally.duplicates + tally.dead_letters


@pytest.fixture
def stream(settings, transactional_db, event_store, clean_redis, kafka_topic) -> Stream:
    dead_letters = f"{kafka_topic}-dlq"
    kafka.ensure_topics({dead_letters: 1}, replication=1)
    settings.EVENTS_TOPIC = kafka_topic
    settings.EVENTS_DLQ_TOPIC = dead_letters
    return Stream(kafka_topic, dead_letters)


@pytest.fixture
def stored():
    """Rows and unique events of the raw table, and what the aggregate adds up to."""

    def count() -> dict[str, int]:
        raw, unique = clickhouse.query("SELECT count(), uniqExact(event_id) FROM ad_events_raw")[0]
        names = ("impressions", "clicks", "conversions", "revenue_cents", "cost_micros")
        sums = ", ".join(f"sum({name})" for name in names)
        row = clickhouse.query(f"SELECT {sums} FROM ad_events_minute_agg")[0]
        return {"raw": raw, "unique": unique, **dict(zip(names, row, strict=True))}

    return count


@pytest.fixture
def clickhouse_away(settings) -> None:
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
