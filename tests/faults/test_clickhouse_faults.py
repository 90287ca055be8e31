"""A store that is away, full or changed: scenarios 26 to 31 of docs/exactness.md."""

import os
import signal
import time
from contextlib import contextmanager

import pytest

from adplatform.clients import clickhouse
from events import selftest, store
from events.tiers import MINUTE, RAW
from tests.events.builders import an_event

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
slow = pytest.mark.slow_fault


def some_events(count):
    return [an_event(cost_micros=number) for number in range(count)]


@contextmanager
def setting(name, value, *, default):
    """Another setting of the raw table for a while."""
    clickhouse.command(f"ALTER TABLE {RAW} MODIFY SETTING {name} = {value}")
    try:
        yield
    finally:
        clickhouse.command(f"ALTER TABLE {RAW} MODIFY SETTING {name} = {default}")


@slow
def test_while_clickhouse_is_away_everything_waits_in_kafka(pipeline, running_engines):
    """26: no dead letters; it catches up by itself."""
    with pipeline.running() as worker:
        pipeline.send(*some_events(5))
        pipeline.wait_until_drained()
        running_engines.stop_engine("clickhouse")
        try:
            pipeline.send(*some_events(50), b"{poison")
            pipeline.wait_for_log(worker, "engine_away")
            time.sleep(3)
            assert worker.popen.poll() is None
        finally:
            running_engines.start_engine("clickhouse")
            clickhouse.disconnect()
        pipeline.wait_until_drained()
    pipeline.check()


def test_too_many_parts_are_waited_for(pipeline):
    """27: code 252."""
    pipeline.send(*some_events(5))
    pipeline.drain()
    pipeline.send(*some_events(5))
    with (
        setting("parts_to_throw_insert", 1, default=3000),
        pytest.raises(store.TryLater, match="252"),
    ):
        pipeline.leave_after("insert")
    pipeline.drain()
    pipeline.check()


@slow
def test_killed_and_started_again_under_load(pipeline, running_engines):
    """29: with unfinished merges; whether an insert took effect is not known."""
    with pipeline.running():
        pipeline.send(*some_events(20))
        pipeline.wait_until_drained()
        for _ in range(3):
            pipeline.send(*some_events(200), b"{poison")
            time.sleep(0.3)
            os.kill(running_engines.children["clickhouse"].pid, signal.SIGKILL)
            running_engines.stop_engine("clickhouse")
            running_engines.start_engine("clickhouse")
            clickhouse.disconnect()
        pipeline.wait_until_drained()
    pipeline.check()


def test_a_tier_without_a_window_is_refused_at_the_start(pipeline):
    """31: see tests/events/test_selftest.py for every table and server."""
    with setting("non_replicated_deduplication_window", 0, default=100_000):
        with pytest.raises(selftest.WouldCountTwice, match=RAW):
            selftest.check()
        with pipeline.running() as worker:
            assert worker.wait_until_over() == 1
    assert not pipeline.rows.exists()


def test_without_a_view_nothing_starts_that_would_not_be_counted(pipeline):
    """30: a tier that is not there is refused by name."""
    hidden = f"{MINUTE.table}_hidden"
    clickhouse.command(f"RENAME TABLE {MINUTE.table} TO {hidden}")
    try:
        with pytest.raises(selftest.WouldCountTwice, match=MINUTE.table):
            selftest.check()
    finally:
        clickhouse.command(f"RENAME TABLE {hidden} TO {MINUTE.table}")
