"""Taking events in: acknowledged by the broker, or on disk, never silently gone."""

import time
from uuid import UUID

import pytest

from adplatform import metrics
from adplatform.clients import kafka
from events import accept, spool
from events.types import decode
from tests.events.builders import an_event


@pytest.fixture
def own_spool(settings, tmp_path, monkeypatch):
    """A spool of this test only, with its background thread."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(spool, "_spool", None)
    yield tmp_path / "spool"
    spool.start().close()


def test_a_batch_is_in_the_topic_when_it_returns(stream):
    events = [an_event(), an_event()]
    accept.accept_batch(events)
    messages = stream.read(stream.topic, 2)
    assert [decode(message.value()) for message in messages] == events
    assert [message.key() for message in messages] == [event.key for event in events]


def test_a_beacon_arrives_without_waiting(stream, own_spool):
    event = an_event()
    accept.accept_beacon(event)
    assert decode(stream.read(stream.topic, 1)[0].value()) == event


def test_a_tokens_event_id_is_always_the_same_and_differs_by_kind():
    first = accept.event_id_for(b"nonce", "CLICK")
    assert first == accept.event_id_for(b"nonce", "CLICK")
    assert first != accept.event_id_for(b"nonce", "IMPRESSION")
    assert first != accept.event_id_for(b"other", "CLICK")
    assert (first.version, first) == (5, UUID("1809f1b9-de8a-544a-86aa-00817249bb76"))


@pytest.mark.fault
def test_while_the_broker_is_away_batches_fail_and_beacons_wait_on_disk(
    stream, own_spool, running_engines
):
    spooled = metrics.EVENTS_SPOOLED._value.get()
    event = an_event()
    running_engines.stop_engine("kafka")
    try:
        accept.accept_beacon(event)
        with pytest.raises(kafka.KafkaUnavailable):
            accept.accept_batch([an_event()])
        _wait_until(lambda: metrics.EVENTS_SPOOLED._value.get() == spooled + 1)
    finally:
        running_engines.start_engine("kafka")
    kafka.ensure_topics({stream.topic: 1}, replication=1)  # its log was in memory
    assert event in [decode(message.value()) for message in stream.read(stream.topic, 1)]
    _wait_until(lambda: not list(own_spool.glob("*/*.ndjson")))


def _wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
