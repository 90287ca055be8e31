"""`make soak`: millions of events, two consumers, a kill -9 every few seconds; then a count."""

import argparse
import io
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from tests.bench import tables

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
os.environ.setdefault("LOG_LEVEL", "ERROR")

PROJECT = Path(__file__).parents[2]
TENANTS = 3
CHUNK = 2000
RETRIED, POISON = 0.05, 0.01
RECENT = 100_000  # a client retries one of the last so many events
PROBE_TENANT = 99
PROBE_SECONDS = 0.5
SETTLE_SECONDS = 15  # the group's last hand-over
GIVE_UP_SECONDS = 900


@dataclass
class Sent:
    """What must be there at the end."""

    events: int = 0
    cost_micros: int = 0
    poison: set[str] = field(default_factory=set)
    probes: list[float] = field(default_factory=list)  # seconds until visible


def main() -> None:
    options = _options()
    folder = tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True)
    with folder as path, _engines(Path(path)):
        table = _soak(options, Path(path))
    print(table)
    if options.write:
        tables.write("soak", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--rate", type=int, default=8000, help="messages a second; 0: no limit")
    parser.add_argument("--kill-seconds", type=float, default=8, help="between two kills")
    parser.add_argument("--rest-seconds", type=float, default=30, help="probes without load")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


@contextmanager
def _engines(folder: Path) -> Iterator[None]:
    """The embedded engines as `manage.py up` starts them, with tables and topics."""
    from adplatform.embedded import engines

    os.environ["DATA_DIR"] = str(folder)
    running = engines.start(folder, set(engines.VARIABLES))
    os.environ.update(running.environment())
    import django
    from django.core.management import call_command

    django.setup()
    try:
        call_command("migrate", verbosity=0)
        call_command("apply_event_schema", stdout=io.StringIO())
        yield
    finally:
        from adplatform.clients import clickhouse, redis

        clickhouse.disconnect()
        redis.close()
        running.stop()


class Consumers:
    """Two processes; now and then one is killed and another takes its place."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "consumers.log").open("ab")
        self.running = [self._start(), self._start()]
        self.kills = 0

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "manage.py", "consume_events"]
        return subprocess.Popen(command, cwd=PROJECT, stdout=self.log, stderr=self.log)

    def kill_every(self, seconds: float, over: threading.Event) -> None:
        while not over.wait(seconds):
            victim = random.randrange(2)
            self.running[victim].send_signal(signal.SIGKILL)
            self.running[victim].wait()
            self.running[victim] = self._start()
            self.kills += 1

    def stop(self) -> None:
        for each in self.running:
            each.terminate()
        for each in self.running:
            each.wait(60)
        self.log.close()


def _soak(options: argparse.Namespace, folder: Path) -> str:
    sent, load_over, over = Sent(), threading.Event(), threading.Event()
    consumers = Consumers(folder)
    killer = threading.Thread(
        target=consumers.kill_every, args=(options.kill_seconds, load_over), daemon=True
    )
    prober = threading.Thread(target=_probe, args=(sent, over), daemon=True)
    try:
        _wait_for_a_consumer()
        prober.start()
        started = time.monotonic()
        _produce(options, sent, range(options.events // 3))
        calm, sent.probes = sent.probes, []
        killer.start()
        _produce(options, sent, range(options.events // 3, options.events))
        produced = time.monotonic() - started
        _wait_until_stored(sent)
        stored = time.monotonic() - started
        load_over.set()
        killer.join()
        time.sleep(SETTLE_SECONDS)
        busy, sent.probes = sent.probes, []
        time.sleep(options.rest_seconds)
    finally:
        load_over.set()
        over.set()
        prober.join(30)
        consumers.stop()
    _check(sent)
    return _table(
        [
            ("events sent, with 5 % retried and 1 % poison", f"{sent.events:,}"),
            ("sent in, all stored after", f"{produced:.0f} s, {stored:.0f} s"),
            ("events stored per second", f"{sent.events / stored:,.0f}"),
            ("consumers killed with SIGKILL", str(consumers.kills)),
            ("raw rows = unique events = sent = each tier", "exact"),
            ("dead letters = poison", f"exact, {len(sent.poison):,}"),
            ("ingest to visible under load, p50 / p95 / p99", _percentiles(calm)),
            ("ingest to visible under load and kills, p50 / p95 / p99", _percentiles(busy)),
            ("ingest to visible at rest, p50 / p95 / p99", _percentiles(sent.probes)),
        ]
    )


def _event(number: int) -> "tuple[bytes, bytes, int]":
    from events.types import Event, EventType, encode

    now = datetime.now(UTC)
    event = Event(
        event_id=UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC834) % 2**128),
        tenant_id=1 + number % TENANTS,
        ts=now,
        received_at=now,
        event_type=EventType.IMPRESSION,
        campaign_id=1 + number % 20,
        line_item_id=1 + number % 60,
        placement_id=1 + number % 10,
        creative_id=1 + number % 120,
        user_id=f"user-{number % 50_000}",
        cost_micros=number % 5000,
    )
    return event.key, encode(event), event.cost_micros


def _produce(options: argparse.Namespace, sent: Sent, numbers: range) -> None:
    """Events in chunks, at the rate; retries and poison among them."""
    from adplatform.clients import kafka

    topic_id = kafka.describe("ad_events").id
    chosen = random.Random(numbers.start)
    recent: list[tuple[bytes, bytes]] = []
    started = time.monotonic()

    def is_poison(_error: object, message: kafka.Message) -> None:
        sent.poison.add(f"{topic_id}:{message.partition()}:{message.offset()}")

    for first in range(0, len(numbers), CHUNK):
        batch = []
        for number in numbers[first : first + CHUNK]:
            key, value, cost = _event(number)
            sent.events += 1
            sent.cost_micros += cost
            batch.append(("ad_events", key, value))
            recent.append((key, value))
            if chosen.random() < RETRIED:
                batch.append(("ad_events", *chosen.choice(recent)))
            if chosen.random() < POISON:
                poison = b"{poison %d" % number
                kafka.produce("ad_events", uuid4().bytes, poison, on_delivery=is_poison)
        kafka.produce_and_wait(batch, timeout=60)
        del recent[:-RECENT]
        if options.rate:
            ahead = (first + CHUNK) / options.rate - (time.monotonic() - started)
            time.sleep(max(0.0, ahead))
    kafka.flush()


def _probe(sent: Sent, over: threading.Event) -> None:
    """Single events at a steady pace, however long the last ones take: until a query sees each."""
    from adplatform.clients import clickhouse

    waiting: dict[UUID, float] = {}
    due = time.monotonic()
    while not over.wait(0.03) or waiting:
        if time.monotonic() >= due and not over.is_set():
            due += PROBE_SECONDS
            waiting[_send_probe()] = time.monotonic()
        for event_id in _visible(list(waiting)):
            sent.probes.append(time.monotonic() - waiting.pop(event_id))
    clickhouse.disconnect()


def _send_probe() -> UUID:
    from adplatform.clients import kafka
    from events.types import Event, EventType, encode

    now = datetime.now(UTC)
    event = Event(
        event_id=uuid4(),
        tenant_id=PROBE_TENANT,
        ts=now,
        received_at=now,
        event_type=EventType.IMPRESSION,
    )
    kafka.produce("ad_events", event.key, encode(event))
    return event.event_id


def _visible(event_ids: list[UUID]) -> list[UUID]:
    from adplatform.clients import clickhouse

    if not event_ids:
        return []
    rows = clickhouse.query(
        "SELECT event_id FROM ad_events_raw "
        "WHERE tenant_id = %(tenant_id)s AND event_id IN %(ids)s",
        {"tenant_id": PROBE_TENANT, "ids": tuple(map(str, event_ids))},
    )
    return [event_id for (event_id,) in rows]


def _wait_for_a_consumer() -> None:
    from events import ledger

    while not ledger.rows("ad_events"):
        time.sleep(0.2)


def _counts(table: str, what: str) -> tuple[int, ...]:
    from adplatform.clients import clickhouse

    rows = clickhouse.query(f"SELECT {what} FROM {table} WHERE tenant_id != {PROBE_TENANT}")
    return tuple(map(int, rows[0]))


def _wait_until_stored(sent: Sent) -> None:
    """Until every partition's ledger has passed its last message."""
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while _counts("ad_events_raw", "uniqExact(event_id)")[0] < sent.events:
        if time.monotonic() > deadline:
            sys.exit(f"not stored: {_counts('ad_events_raw', 'uniqExact(event_id)')} of {sent}")
        time.sleep(0.5)


def _check(sent: Sent) -> None:
    """Raw = unique = sent = every tier; the dead letters are exactly the poison."""
    from events.tiers import TIERS

    raw = _counts("ad_events_raw", "count(), uniqExact(event_id), sum(cost_micros)")
    expected = (sent.events, sent.events, sent.cost_micros)
    if raw != expected:
        sys.exit(f"raw rows, events and cost are {raw}, not {expected}")
    for tier in TIERS:
        sums = _counts(tier.table, "sum(impressions), sum(cost_micros)")
        if sums != (sent.events, sent.cost_micros):
            sys.exit(f"{tier.table} adds up to {sums}, not {(sent.events, sent.cost_micros)}")
    if (letters := _dead_letters(len(sent.poison))) != sent.poison:
        sys.exit(f"{len(letters)} dead letters, {len(sent.poison)} were poison")


def _dead_letters(wanted: int) -> set[str]:
    from adplatform.clients import kafka

    reader = kafka.consumer(f"soak-{uuid4().hex}")
    reader.assign([kafka.position("ad_events_dlq", 0, 0)])
    keys: set[str] = set()
    deadline = time.monotonic() + 60
    while len(keys) < wanted and time.monotonic() < deadline:
        keys |= {(message.key() or b"").decode() for message in reader.consume(10_000, 0.5)}
    reader.close()
    return keys


def _table(rows: list[tuple[str, str]]) -> str:
    return "\n".join(
        ["| what | |", "|---|---|", *(f"| {what} | {value} |" for what, value in rows)]
    )


def _percentiles(seconds: list[float]) -> str:
    ranked = sorted(seconds)
    if not ranked:
        return "none measured"
    found = [ranked[min(int(len(ranked) * part), len(ranked) - 1)] for part in (0.5, 0.95, 0.99)]
    return " / ".join(f"{each:.2f} s" for each in found) + f" ({len(ranked)} probes)"


if __name__ == "__main__":
    main()
