"""Offsets that move, topics that are made again: scenarios 18 to 21 of docs/exactness.md."""

from datetime import timedelta

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions
from django.conf import settings as configured

from adplatform.clients import clickhouse, kafka
from events import store
from events.plan import Bounds
from events.tiers import RAW, TIERS
from tests.events.builders import NOON, an_arrival, an_event
from tests.live import wait

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
slow = pytest.mark.slow_fault


def some_events(count):
    return [an_event(cost_micros=number) for number in range(count)]


@pytest.fixture
def admin():
    return AdminClient({"bootstrap.servers": configured.KAFKA_BOOTSTRAP_SERVERS})


def make_again(pipeline, admin, partitions=1):
    """Delete the topic and create it: the next message has offset 0."""
    before = pipeline.topic_id
    admin.delete_topics([pipeline.stream.topic])[pipeline.stream.topic].result(10)
    wait(lambda: pipeline.stream.topic not in kafka.topic_partitions(), "it is still there")
    kafka.ensure_topics({pipeline.stream.topic: partitions}, replication=1)
    assert pipeline.topic_id != before
    pipeline.ends.clear()


def test_an_offset_that_was_reset_in_kafka_changes_nothing(pipeline):
    """18: the ledger decides, whatever the group has committed."""
    pipeline.send(*some_events(10))
    pipeline.drain(rows=4)
    group = pipeline.stream.topic
    rewound = kafka.consumer(group)
    rewound.commit(offsets=[kafka.position(pipeline.stream.topic, 0, 0)], asynchronous=False)
    rewound.close()
    pipeline.send(*some_events(3))
    consumer = pipeline.stream.consumer(group=group)
    pipeline.drain(consumer)
    consumer.reader.close()
    assert consumer.tally.inserted == 3
    pipeline.check()


@pytest.mark.parametrize(
    "rewind",
    [
        pytest.param(lambda rows: rows.delete(), id="ledger-deleted"),
        pytest.param(lambda rows: rows.update(next_offset=0), id="ledger-set-back"),
    ],
)
@pytest.mark.parametrize("claims", ["kept", "lost"])
def test_a_partition_that_is_read_again_counts_nothing_twice(pipeline, clean_redis, rewind, claims):
    """18: below what is stored ClickHouse says which events are new."""
    pipeline.send(*some_events(10), b"{poison")
    pipeline.drain(rows=4)
    rewind(pipeline.rows.all())
    if claims == "lost":
        clean_redis.flushall()
    pipeline.send(*some_events(3))
    pipeline.drain(rows=3)
    pipeline.check()


@pytest.mark.parametrize("claims", ["kept", "lost"])
def test_a_topic_that_was_made_again_starts_a_new_name_for_every_batch(
    pipeline, admin, clean_redis, claims
):
    """19"""
    events = some_events(5)
    pipeline.send(*events)
    pipeline.drain()
    make_again(pipeline, admin)
    if claims == "lost":
        clean_redis.flushall()
    pipeline.send(*some_events(5), *events[:3])
    pipeline.drain()
    pipeline.check()


@slow
@pytest.mark.parametrize("more", [0, 20], ids=["shorter", "longer"])
def test_a_topic_that_is_made_again_under_a_running_consumer(pipeline, admin, more):
    """19: its new messages may have offsets that were read before, or that come next."""
    with pipeline.running() as process:
        pipeline.send(*some_events(5))
        pipeline.wait_until_drained()
        make_again(pipeline, admin)
        pipeline.send(*some_events(3 + more))
        # Kafka's client library dies when a topic that it reads vanishes (librdkafka #2963 and
        # others); whoever supervises the consumer starts it again.
        assert process.wait_until_over() < 0
    with pipeline.running():
        pipeline.wait_until_drained()
        pipeline.send(*some_events(3))
        pipeline.wait_until_drained()
    pipeline.check()


def test_more_partitions_count_no_retried_event_twice(pipeline, admin):
    """20: its first copy lies in another partition."""
    events = some_events(30)
    pipeline.send(*events)
    pipeline.drain()
    topic = pipeline.stream.topic
    try:
        admin.create_partitions([NewPartitions(topic, 4)])[topic].result(10)
    except kafka.KafkaError:  # the embedded broker cannot
        make_again(pipeline, admin, partitions=4)
    wait(lambda: kafka.describe(topic).partitions == 4, "no more partitions")
    pipeline.send(*events, *some_events(10))
    pipeline.drain()
    pipeline.check()
    assert pipeline.rows.count() == 4


def forget_tokens(how_many):
    """Every table remembers so few inserts."""
    for table in (RAW, *(tier.table for tier in TIERS)):
        clickhouse.command(
            f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = {how_many}"
        )


@pytest.fixture
def short_memory():
    forget_tokens(3)
    yield
    forget_tokens(100_000)


def others_insert(count):
    """Batches of another topic, of a tenant that nobody looks at."""
    for number in range(count):
        store.insert([an_arrival(number, tenant_id=2)], Bounds("other", 9, number, number))


def test_a_batch_whose_token_is_forgotten_is_not_inserted_again(pipeline, short_memory):
    """21"""
    pipeline.send(*some_events(5))
    pipeline.leave_after("insert")
    others_insert(5)
    pipeline.drain(window=3)
    pipeline.check()


def test_what_a_crash_kept_out_of_a_forgotten_batch_still_goes_in(pipeline, short_memory):
    """21: an insert of two months is two parts, and only one was written."""
    old = [an_event(cost_micros=number, ts=NOON - timedelta(days=40)) for number in range(3)]
    pipeline.send(*some_events(5), *old)
    work = pipeline.leave_after("claim")
    store.insert(work.fresh[:5], work.bounds)
    others_insert(5)
    pipeline.drain(window=3)
    pipeline.check()
