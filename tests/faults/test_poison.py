"""Messages that can never be stored: scenarios 14 to 17 of docs/exactness.md."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Producer
from django.conf import settings as configured

from adplatform.clients import clickhouse, kafka
from events import consume, store
from events.limits import Limits
from events.types import encode
from tests.events.builders import an_event
from tests.faults.injected import Call

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
slow = pytest.mark.slow_fault

AN_EVENT = encode(an_event())
POISON = {
    "not_json": b'{"event_id": ',
    "not_utf8": b'{"user_id": "\xff\xfe"}',
    "empty": b"",
    "a_list": b"[]",
    "no_tenant": AN_EVENT.replace(b'"tenant_id":1', b'"tenant_id":0'),
    "no_such_type": AN_EVENT.replace(b"IMPRESSION", b"IMPRESSIO"),
    "no_zone": AN_EVENT.replace(b"12:00:00Z", b"12:00:00"),
    "year_2150": AN_EVENT.replace(b"2026-", b"2150-"),
    "nested_deeply": b'{"metadata":' + b"[" * 100_000,
}


@contextmanager
def refusing(condition: str) -> Iterator[None]:
    """ClickHouse takes no row that breaks the condition."""
    clickhouse.command(f"ALTER TABLE ad_events_raw ADD CONSTRAINT refusing CHECK {condition}")
    try:
        yield
    finally:
        clickhouse.command("ALTER TABLE ad_events_raw DROP CONSTRAINT refusing")


def consume_for(pipeline, seconds, **options):
    """Step a consumer that is asked to stop after a while."""
    consumer = pipeline.stream.consumer(**options)
    timer = threading.Timer(seconds, pipeline.stream.stop.set)
    timer.start()
    try:
        while not pipeline.stream.stop.is_set():
            consumer.step()
    except consume.Stopped:
        pass
    finally:
        timer.cancel()
        consumer.reader.close()
    pipeline.stream.stop.clear()


def test_poison_of_every_kind_is_set_aside_once_and_its_neighbours_stay(pipeline):
    """14"""
    for value in POISON.values():
        pipeline.send(an_event(), value, an_event())
    consumer = pipeline.drain(rows=5)
    assert consumer.tally.dead_letters == len(POISON)
    pipeline.check()


def test_a_message_of_two_megabytes_is_set_aside_whole(pipeline):
    """14: more than a producer sends by default."""
    huge = b"{" + b"x" * 2_000_000
    pipeline.send(an_event())
    sender = Producer(
        {"bootstrap.servers": configured.KAFKA_BOOTSTRAP_SERVERS, "message.max.bytes": 4_000_000}
    )
    sender.produce(pipeline.stream.topic, huge)
    assert sender.flush(20) == 0
    pipeline.note(0, 1, is_event=False)
    pipeline.send(an_event())
    pipeline.drain()
    pipeline.check()
    (letter,) = pipeline.stream.read(pipeline.stream.dead_letter_topic, 1)
    assert letter.value() == huge


@slow
def test_without_the_dead_letter_topic_it_waits_and_drops_nothing(pipeline):
    """15"""
    pipeline.send(an_event(), b"{poison", an_event())
    missing = f"{pipeline.stream.dead_letter_topic}-later"
    with pipeline.running(EVENTS_DLQ_TOPIC=missing) as worker:
        pipeline.wait_for_log(worker, "engine_away")
        row = pipeline.rows.get()
        assert (row.next_offset, row.open_last) == (0, 2)
        assert clickhouse.query("SELECT count() FROM ad_events_raw") == [(0,)]
        kafka.ensure_topics({missing: 1}, replication=1)
        pipeline.stream.dead_letter_topic = missing
        pipeline.wait_until_drained()
    pipeline.check()


@pytest.mark.parametrize("applied", [True, False])
def test_a_lost_answer_about_a_dead_letter_sends_it_again(pipeline, lost_answers, applied):
    """15: at least once, under the same key."""
    pipeline.send(an_event(), b"{poison", an_event())
    lost_answers.fail_next(Call.BURY, applied=applied)
    pipeline.drain()
    pipeline.check()


def test_nothing_but_poison_stops_the_consumer_instead_of_draining_the_topic(pipeline):
    """16"""
    pipeline.send(an_event(), *[b"{poison"] * 150)
    consume_for(pipeline, 4, rows=50, limits=Limits(100, 0.1))
    row = pipeline.rows.get()
    assert row.halted.endswith("messages in a row cannot be stored")
    assert (row.next_offset, row.dead_letters) == (100, 99)
    pipeline.drain()  # as with --accept-dead-letters
    pipeline.check()
    assert pipeline.rows.get().halted == ""


def test_a_row_that_clickhouse_refuses_is_isolated_and_the_rest_is_stored_once(pipeline):
    """17"""
    pipeline.send(*(an_event(cost_micros=number) for number in range(10)))
    pipeline.send_refused(an_event(value_cents=666), an_event(value_cents=666))
    pipeline.send(an_event())
    with refusing("value_cents != 666"):
        pipeline.drain()
    pipeline.check()


@pytest.mark.parametrize("applied", [True, False])
def test_a_refused_row_is_not_dropped_when_its_dead_letter_fails(pipeline, lost_answers, applied):
    """17: the first call is of no letters, the second of the one that was isolated."""
    pipeline.send(an_event())
    refused = an_event(value_cents=666)
    pipeline.send_refused(refused)
    lost_answers.fail_next(Call.BURY, applied=applied, after=1)
    with refusing("value_cents != 666"):
        pipeline.drain()
    pipeline.check()


def test_a_corrected_copy_in_the_same_batch_takes_a_refused_rows_place(pipeline):
    """17"""
    wrong = an_event(value_cents=666)
    pipeline.send_refused(wrong)
    pipeline.send(an_event(event_id=wrong.event_id, value_cents=5))
    with refusing("value_cents != 666"):
        pipeline.drain()
    pipeline.check()


@slow
def test_killed_after_a_row_was_left_out(pipeline):
    """17: a successor leaves out the same rows, under the same token."""
    pipeline.send(an_event(), an_event())
    pipeline.send_refused(an_event(value_cents=666))
    with refusing("value_cents != 666"):
        pipeline.kill_at("insert")
    assert pipeline.rows.get().excluded == [2]
    pipeline.drain()
    pipeline.check()


def test_a_tier_that_refuses_is_waited_for_and_no_row_is_blamed(pipeline):
    """17: its error is one of those that say a row is wrong."""
    pipeline.send(an_event(), an_event())
    clickhouse.command("ALTER TABLE ad_events_day_agg ADD CONSTRAINT broken CHECK 0")
    try:
        with pytest.raises(store.TryLater):
            pipeline.leave_after("insert")
    finally:
        clickhouse.command("ALTER TABLE ad_events_day_agg DROP CONSTRAINT broken")
    assert pipeline.rows.get().batches == 0
    pipeline.drain()
    pipeline.check()
