"""`python -m tests.bench.consumer`: events per second of one consumer, and where the time goes."""

import argparse
import io
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.bench import tables

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")

PROJECT = Path(__file__).parents[2]
PARTITIONS = 8
CHUNK = 10_000
CPU = ("the consumer", "clickhouse", "redis", "kafka", "postgres")
LABELS = {
    "poll": "fetch from Kafka (librdkafka, Python objects)",
    "record": "ledger: open the batch (PostgreSQL)",
    "separate": "decode and check (msgspec)",
    "bury": "dead letters (none)",
    "claim": "claims (Redis, one Lua call per 1,000)",
    "insert": "columns and insert (raw + three tiers)",
    "finish": "ledger: finish (PostgreSQL)",
    "done": "Kafka's own offset",
}


def main() -> None:
    options = _options()
    folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with folder as path, _engines(Path(path)) as pids:
        table = _measure_both(options.events, pids)
    print(table)
    if options.write:
        tables.write("consumer", table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000, help="for each of the two runs")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    return parser.parse_args()


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, int]]:
    """The embedded engines as `manage.py up` starts them, durable, with tables and topics."""
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
        yield {name: child.pid for name, child in running.children.items()}
    finally:
        from adplatform.clients import clickhouse, redis

        clickhouse.disconnect()
        redis.close()
        running.stop()


def _measure_both(events: int, pids: dict[str, int]) -> str:
    from adplatform.clients import redis

    _produce(events, start=0)
    normal = _consume(events, pids)
    redis.client().flushdb()
    _produce(events, start=events)
    verifying = _consume(events, pids)
    return _table(events, normal, verifying)


def _produce(count: int, *, start: int) -> None:
    """Events as a busy day sends them: 20 campaigns, 200 ads, mostly impressions, 6 hours."""
    from adplatform.clients import kafka
    from events.types import Event, EventType, encode

    kinds = [EventType.IMPRESSION] * 90 + [EventType.VIEW] * 8 + [EventType.CLICK] * 2
    now = datetime.now(UTC)
    for first in range(start, start + count, CHUNK):
        messages = []
        for number in range(first, min(first + CHUNK, start + count)):
            event = Event(
                event_id=UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC834) % 2**128),
                tenant_id=1 + number % 3,
                ts=now - timedelta(seconds=number % 21_600),
                received_at=now,
                event_type=kinds[number * 7919 % 100],
                user_id=f"user-{number % 50_000}",
                session_id=f"session-{number % 100_000}",
                campaign_id=1 + number % 20,
                line_item_id=1 + number % 60,
                placement_id=1 + number % 10,
                creative_id=1 + number % 120,
                template_id=1 + number % 20,
                segment_id=number % 5,
                ad_id=f"{number % 200}-{number % 7}-{number % 11}",
                cost_micros=2500,
                country="CA",
                device_type="mobile",
                os="android",
                browser="chrome",
            )
            messages.append(("ad_events", event.key, encode(event)))
        kafka.produce_and_wait(messages, timeout=60)


def _consume(events: int, pids: dict[str, int]) -> dict[str, float]:
    """Microseconds per event by step, and of the whole, from the first batch to the last."""
    from events import consume
    from events.stream import ad_events

    spent: defaultdict[str, float] = defaultdict(float)
    begun: list[tuple[float, dict[str, float]]] = []
    pids = {"the consumer": os.getpid(), **pids}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            if name == "record" and not begun:
                spent.clear()  # until now it waited for its partitions
                begun.append((time.perf_counter(), _cpu(pids)))
            start = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                spent[name] += time.perf_counter() - start

        return call

    tools = consume._tools_from_settings(ad_events(), accept_dead_letters=False)
    reader = consume._reader_from_settings(ad_events())
    for name in ("poll", "done"):
        setattr(reader, name, timed(name, getattr(reader, name)))
    consumer = consume.Consumer(reader, tools, threading.Event())
    consumer.steps = tuple(timed(step.__name__, step) for step in consumer.steps)
    while consumer.tally.inserted < events:
        consumer.step()
    wall, cpu = begun[0]
    spent["whole"] = time.perf_counter() - wall
    spent.update({name: used - cpu[name] for name, used in _cpu(pids).items()})
    reader.close()
    return {name: seconds / events * 1e6 for name, seconds in spent.items()}


def _cpu(pids: dict[str, int]) -> dict[str, float]:
    """CPU seconds of processes and those of their children that have ended."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = {}
    for name, pid in pids.items():
        numbers = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        used[name] = sum(map(int, numbers[11:15])) / ticks
    return used


def _table(events: int, normal: dict[str, float], verifying: dict[str, float]) -> str:
    def cell(run: dict[str, float], name: str) -> str:
        return f"{run.get(name, 0):.1f}"

    lines = [
        f"| one process, {events:,} events | normal | after Redis lost its claims |",
        "|---|---|---|",
        "| **events/s** | "
        + " | ".join(f"**{1e6 / run['whole']:,.0f}**" for run in (normal, verifying))
        + " |",
        f"| µs per event | {cell(normal, 'whole')} | {cell(verifying, 'whole')} |",
    ]
    lines += [
        f"| CPU µs: {name} | {cell(normal, name)} | {cell(verifying, name)} |" for name in CPU
    ]
    lines += [
        f"| µs: {label} | {cell(normal, name)} | {cell(verifying, name)} |"
        for name, label in LABELS.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
