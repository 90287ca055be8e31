"""Telling the store: at once, never an error; notices survive a broker that is away."""

import pytest

from adplatform import metrics
from adplatform.clients import kafka
from events import spool
from rtb.record import BIDS_ASKED, record
from rtb.records import RecordKind, decode, encode
from tests.events.conftest import Stream
from tests.live import wait
from tests.rtb.records import a_record


@pytest.fixture
def topic(settings, kafka_topic) -> str:
    settings.RTB_BIDS_TOPIC = kafka_topic
    return kafka_topic


@pytest.fixture
def fresh_spool(settings, tmp_path, monkeypatch):
    """A spool of the test's own."""
    settings.DATA_DIR = tmp_path
    made = spool.Spool(tmp_path / "spool", settings.EVENTS_SPOOL_BYTES)
    monkeypatch.setattr(spool, "_spool", made)
    yield made
    made.close()


def read(topic: str, count: int):
    messages = Stream(topic, "").read(topic, count)
    return [(message.key(), decode(message.value() or b"")) for message in messages]


def uncounted() -> float:
    return metrics.UNCOUNTED.labels("bid_record")._value.get()


def test_a_record_travels_under_its_key(topic):
    sent = a_record(price_micros=5)
    record(sent)
    kafka.flush()
    assert read(topic, 1) == [(sent.key, sent)]


@pytest.mark.fault
def test_while_the_broker_is_away_only_what_an_exchange_said_waits_on_disk(
    topic, fresh_spool, running_engines
):
    notices = [a_record(kind) for kind in (RecordKind.WIN, RecordKind.BILLING, RecordKind.LOSS)]
    before, spooled = uncounted(), metrics.EVENTS_SPOOLED._value.get()
    running_engines.stop_engine("kafka")
    try:
        bids = [a_record() for _ in range(BIDS_ASKED)]
        for each in [*notices, *bids, a_record(RecordKind.NO_BID)]:
            record(each)
        wait(lambda: uncounted() == before + BIDS_ASKED + 1, "not counted", 30)
        wait(lambda: metrics.EVENTS_SPOOLED._value.get() == spooled + 3, "not kept", 30)
    finally:
        running_engines.start_engine("kafka")
    kafka.ensure_topics({topic: 1}, replication=1)  # its log was in memory
    assert fresh_spool.replay() == 3
    assert {key for key, _ in read(topic, 3)} == {each.key for each in notices}
    assert fresh_spool.measure() == 0


def test_a_torn_line_of_the_spool_is_lost_alone(topic, fresh_spool):
    sent = a_record(RecordKind.WIN)
    spool.keep(b'{"event_id": "torn', topic)
    spool.keep(b"", topic)
    spool.keep(encode(sent), topic)
    lost = metrics.EVENTS_LOST._value.get()
    assert fresh_spool.replay() == 1
    assert metrics.EVENTS_LOST._value.get() == lost + 2
    assert read(topic, 1) == [(sent.key, sent)]


def test_a_text_that_cannot_be_written_is_no_error(topic):
    before = uncounted()
    record(a_record(domain="\ud800"))
    assert uncounted() == before + 1
