"""The bidder's records from Kafka to ClickHouse, each once."""

import io
import uuid

import pytest
from django.core.management import call_command

from adplatform.clients import clickhouse, kafka
from events import selftest, topics
from events.models import PartitionLedger
from events.status import gather, judge
from rtb.records import RecordKind, encode
from rtb.stream import BIDS, bids
from tests.rtb.records import a_record

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def topic(settings, transactional_db, event_store, clean_redis, kafka_topic) -> str:
    settings.RTB_BIDS_TOPIC = kafka_topic
    settings.RTB_BIDS_DLQ_TOPIC = f"{kafka_topic}-dlq"
    settings.RTB_BIDS_GROUP = f"group-{uuid.uuid4().hex[:8]}"
    kafka.ensure_topics({settings.RTB_BIDS_DLQ_TOPIC: 1}, replication=1)
    return kafka_topic


def send(topic: str, *records) -> None:
    values = [each if isinstance(each, bytes) else encode(each) for each in records]
    kafka.produce_and_wait([(topic, b"k", value) for value in values])


def consume() -> str:
    out = io.StringIO()
    call_command("consume_bids", once=True, max_seconds=30, stdout=out)
    return out.getvalue()


def test_each_record_is_stored_once_and_poison_is_set_aside(topic):
    bid, win = a_record(price_micros=5), a_record(RecordKind.WIN)
    send(topic, bid, win, bid, b"{poison")
    assert consume() == "inserted 2, duplicates 1, dead letters 1\n"
    send(topic, win, a_record(RecordKind.LOSS, reason="below_floor", loss_code=100))
    assert consume() == "inserted 1, duplicates 1, dead letters 0\n"
    kinds = "SELECT toString(kind), count() FROM rtb_bids GROUP BY kind ORDER BY kind"
    assert clickhouse.query(kinds) == [("BID", 1), ("WIN", 1), ("LOSS", 1)]
    assert clickhouse.query("SELECT sum(count) FROM rtb_minute_agg") == [(3,)]
    assert clickhouse.query("SELECT count() FROM ad_events_raw") == [(0,)]
    assert PartitionLedger.objects.get().topic == topic


def test_what_was_stored_is_found_there_when_redis_has_lost_its_claims(topic, clean_redis):
    record = a_record()
    send(topic, record)
    consume()
    clean_redis.flushdb()
    send(topic, record, a_record())
    assert consume() == "inserted 1, duplicates 1, dead letters 0\n"


def test_an_event_of_an_ad_is_no_record(topic):
    send(topic, b'{"event_id":"0190f1c2-7a6b-7c3d-8e4f-5a6b7c8d9e0f","tenant_id":1}')
    assert consume() == "inserted 0, duplicates 0, dead letters 1\n"


def test_a_rollup_that_would_count_twice_is_found_out(event_schema):
    setting = "MODIFY SETTING non_replicated_deduplication_window ="
    clickhouse.command(f"ALTER TABLE rtb_minute_agg {setting} 0")
    try:
        with pytest.raises(selftest.WouldCountTwice, match="rtb_minute_agg without"):
            selftest.check(BIDS)
    finally:
        clickhouse.command(f"ALTER TABLE rtb_minute_agg {setting} 100000")
    assert selftest.check(BIDS) == 100_000


def test_its_status_names_its_topic_and_its_command(topic):
    send(topic, a_record())
    found = judge(gather(topics.bids(), reasons=False))
    assert (found.facts.topic, found.lag) == (topic, 1)
    assert found.problems == [
        f"no consumer has ever worked on {topic}: start `manage.py consume_bids`"
    ]
    consume()
    found = judge(gather(topics.bids(), reasons=False))
    assert (found.lag, found.problems) == (0, [])


def test_the_topics_of_both_streams_are_made(settings):
    name = f"made-{uuid.uuid4().hex[:8]}"
    settings.EVENTS_PARTITIONS = 2
    settings.RTB_BIDS_TOPIC, settings.RTB_BIDS_DLQ_TOPIC = name, f"{name}-dlq"
    topics.ensure()
    found = kafka.topic_partitions()
    assert (found[name], found[f"{name}-dlq"]) == (2, 1)


def test_the_streams_have_nothing_in_common(settings):
    ours, theirs = bids().channel, topics.ad_events()
    names = [(each.topic, each.dead_letters, each.group, each.command) for each in (ours, theirs)]
    assert set(names[0]) & set(names[1]) == set()
