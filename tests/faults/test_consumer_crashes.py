"""Consumers that are killed, stopped or replaced: scenarios 1 to 13 of docs/exactness.md."""

import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest

from adplatform.clients import clickhouse
from tests.events.builders import NOON, an_event
from tests.faults.injected import Call

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
slow = pytest.mark.slow_fault


def some_events(count=20, **fields):
    """Of two months, so that a batch is two parts."""
    return [
        an_event(cost_micros=number, ts=NOON - timedelta(days=40 * (number % 2)), **fields)
        for number in range(count)
    ]


def send_mixture(pipeline):
    """Events, retries of some, poison, and a retry of each in a later batch."""
    events = some_events()
    pipeline.send(*events[:10], events[3], b"{poison", *events[10:], events[3], b"")


def finish(pipeline, events):
    """Another consumer comes, clients retry, and all is counted once."""
    pipeline.send(*events)
    pipeline.drain(rows=7)
    pipeline.check()


@pytest.mark.parametrize(
    ("step", "when"),
    [
        pytest.param("record", "before", id="1-before-the-bounds", marks=slow),
        pytest.param("record", "after", id="2-after-the-bounds", marks=slow),
        pytest.param("bury", "after", id="2-after-the-dead-letters", marks=slow),
        pytest.param("claim", "after", id="3-after-the-claims"),
        pytest.param("insert", "after", id="5-after-the-insert"),
        pytest.param("finish", "after", id="6-after-the-ledger", marks=slow),
    ],
)
def test_killed_at_a_step(pipeline, step, when):
    send_mixture(pipeline)
    pipeline.kill_at(step, when)
    finish(pipeline, some_events(3))


@slow
def test_killed_again_and_again_at_the_same_batch(pipeline):
    send_mixture(pipeline)
    for step in ("record", "claim", "insert", "insert"):
        pipeline.kill_at(step)
    (row,) = pipeline.rows
    assert (row.next_offset, row.open_first, row.batches) == (0, 0, 0)
    finish(pipeline, [])


@slow
def test_killed_with_the_raw_rows_written_and_a_tier_not(pipeline):
    """4: the retry adds the missing rows of the tier, and nothing else."""
    send_mixture(pipeline)
    clickhouse.command("ALTER TABLE ad_events_15m_agg ADD CONSTRAINT broken CHECK 0")
    try:
        with pipeline.running() as process:
            while not clickhouse.query("SELECT count() FROM ad_events_raw")[0][0]:
                assert process.popen.poll() is None
                time.sleep(0.05)
            time.sleep(0.5)
            assert pipeline.rows.get().batches == 0
    finally:
        clickhouse.command("ALTER TABLE ad_events_15m_agg DROP CONSTRAINT broken")
    assert clickhouse.query("SELECT count() FROM ad_events_day_agg") == [(0,)]
    finish(pipeline, some_events(3))


@slow
def test_sigterm_finishes_the_batch_and_leaves_nothing_to_replay(pipeline):
    """6"""
    send_mixture(pipeline)
    with pipeline.running(FAULT_STEP="claim", FAULT_WHEN="after", FAULT_SIGNAL="SIGTERM") as worker:
        assert worker.wait_until_over(30) == 0
        assert "duplicates 2, dead letters 2" in worker.log.read_text()
    assert pipeline.rows.get().open_first is None
    finish(pipeline, some_events(3))


@pytest.mark.parametrize("applied", [True, False], ids=["7-applied", "8-not-applied"])
def test_an_insert_whose_answer_is_lost(pipeline, lost_answers, applied):
    send_mixture(pipeline)
    for _ in range(3):
        lost_answers.fail_next(Call.INSERT, applied=applied)
    finish(pipeline, some_events(3))


@pytest.mark.parametrize(
    ("step", "when"),
    [
        pytest.param("insert", "before", id="9-before-its-insert"),
        pytest.param("claim", "before", id="9-before-its-claims", marks=slow),
        pytest.param("record", "before", id="10-before-the-bounds", marks=slow),
    ],
)
def test_a_stopped_worker_wakes_up_after_another_has_taken_over(pipeline, step, when):
    """What it still inserts is known by its token; then the ledger sends it away."""
    send_mixture(pipeline)
    with pipeline.running(FAULT_STEP=step, FAULT_WHEN=when, FAULT_SIGNAL="SIGSTOP") as zombie:
        zombie.wait_until_stopped()
        pipeline.send(*some_events(3))
        pipeline.drain(rows=7)
        zombie.send(signal.SIGCONT)
        time.sleep(2)
        assert zombie.popen.poll() is None, zombie.log.read_text()[-2000:]
    finish(pipeline, some_events(2))


@slow
def test_a_woken_worker_goes_on_when_the_partition_is_still_its_own(pipeline):
    """9: the successor is gone again; the zombie takes the ledger over and stores what comes."""
    send_mixture(pipeline)
    fault = {"FAULT_STEP": "insert", "FAULT_WHEN": "before", "FAULT_SIGNAL": "SIGSTOP"}
    with pipeline.running(**fault) as zombie:
        zombie.wait_until_stopped()
        pipeline.drain(rows=7)
        zombie.send(signal.SIGCONT)
        for _ in range(2):  # it stops at every insert: a copy of the old batch, then the new one
            pipeline.send(*some_events(3))
            zombie.wait_until_stopped()
            zombie.send(signal.SIGCONT)
        pipeline.wait_until_drained()
    finish(pipeline, some_events(2))


@slow
def test_workers_that_come_and_go_under_load(make_pipeline):
    """11: one worker, four, one, while events come."""
    pipeline = make_pipeline(8)
    events = some_events(2000)
    workers = [pipeline.start(group="storm")]
    try:
        for part in range(0, 2000, 200):
            pipeline.send(*events[part : part + 200], *events[part // 2 : part // 2 + 20], b"{")
            if part in {200, 400, 600}:
                workers.append(pipeline.start(group="storm"))
            if part in {1200, 1400, 1600}:
                workers[part // 200 - 6].send([signal.SIGTERM, signal.SIGKILL][part == 1400])
            time.sleep(0.7)
        pipeline.wait_until_drained()
    finally:
        for worker in workers:
            worker.popen.kill()
            worker.popen.wait(10)
    pipeline.check()


def test_a_duplicate_in_a_batch_in_a_later_one_and_by_another_worker(pipeline):
    """12"""
    first, second = some_events(2)
    pipeline.send(first, first, second)
    pipeline.drain(rows=3)
    pipeline.send(second, first, *some_events(1))
    pipeline.drain()
    pipeline.check()
    assert pipeline.rows.get().duplicates == 3


def test_one_id_of_two_tenants_counts_for_both(pipeline):
    """13"""
    event_id = uuid4()
    copies = [an_event(event_id=event_id, tenant_id=tenant) for tenant in (1, 2, 1, 2)]
    pipeline.send(*copies)
    pipeline.drain()
    pipeline.check()
