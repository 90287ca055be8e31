"""The consumer on real engines: every event once, whatever is delivered."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections

from adplatform.clients import clickhouse
from events import consume
from events.limits import Limits
from events.models import PartitionLedger
from events.types import EventType, InvalidReason, encode
from tests.events.builders import an_event
from tests.events.test_isolate import refusing


def test_it_stores_each_event_once_and_sets_poison_aside(stream, stored):
    view, click = an_event(cost_micros=2500), an_event(event_type=EventType.CLICK)
    sale = an_event(event_type=EventType.CONVERSION, value_cents=1999)
    stream.send(view, click, view, b"{poison", sale, view, b'{"event_id":1}', click)
    tally = stream.consume(8, rows=3)
    assert tally == consume.Tally(inserted=3, duplicates=3, dead_letters=2)
    assert stored() == {
        "raw": 3,
        "unique": 3,
        "impressions": 1,
        "clicks": 1,
        "conversions": 1,
        "revenue_cents": 1999,
        "cost_micros": 2500,
    }


def test_a_dead_letter_keeps_its_bytes_and_says_where_it_came_from(stream):
    stream.send(an_event(), b"{poison")
    stream.consume(2)
    (letter,) = stream.read(stream.dead_letter_topic, 1)
    headers = dict(letter.headers())
    assert letter.value() == b"{poison"
    assert headers["reason"] == b"not_json"
    assert (headers["orig_topic"].decode(), headers["orig_offset"]) == (stream.topic, b"1")


def test_another_group_goes_on_where_the_ledger_is(stream, stored):
    events = [an_event(cost_micros=1) for _ in range(25)]
    stream.send(*events, *events[:5])
    stream.consume(30, rows=7)
    stream.send(an_event(cost_micros=1), events[7])
    assert stream.consume(2, rows=11) == consume.Tally(inserted=1, duplicates=1)
    sums = stored()
    assert (sums["raw"], sums["impressions"], sums["cost_micros"]) == (26, 26, 26)


def test_a_ledger_from_a_backup_counts_nothing_twice(stream, stored):
    stream.send(*(an_event(cost_micros=1) for _ in range(10)))
    stream.consume(10, rows=4)
    backup = PartitionLedger.objects.values().get()
    stream.send(*(an_event(cost_micros=1) for _ in range(10)))
    stream.consume(10, rows=4)
    PartitionLedger.objects.update(**backup)
    stream.send(an_event(cost_micros=1))
    assert stream.consume(11, rows=7) == consume.Tally(inserted=1, duplicates=10)
    assert (stored()["raw"], stored()["impressions"], stored()["cost_micros"]) == (21, 21, 21)


def test_when_every_row_is_refused_it_stands_still_and_leaves_none_out(stream, stored):
    """The table is wrong: once it is mended, all of them are stored."""
    stream.send(*(an_event() for _ in range(60)))
    consumer = stream.consumer(limits=Limits(5, 0))
    with refusing("value_cents = 1"), pytest.raises(consume.Stopped):
        stop_when_halted(stream, consumer)
    consumer.reader.close()
    row = PartitionLedger.objects.get()
    assert (row.halted, row.excluded) == ("5 messages in a row cannot be stored", [])
    stream.stop.clear()
    assert stream.consume(60) == consume.Tally(inserted=60)
    assert stored()["impressions"] == 60


def stop_when_halted(stream, consumer):
    consumer.reader.rest = lambda _seconds, stop: stop.set()
    stream.drive(consumer, 60)


def test_a_successor_continues_after_what_was_committed(stream, stored):
    stream.send(*(an_event() for _ in range(10)))
    first = stream.consumer(group="successors", rows=4)
    stream.drive(first, 10)
    first.reader.close()
    stream.send(*(an_event() for _ in range(3)))
    second = stream.consumer(group="successors")
    stream.drive(second, 3)
    second.reader.close()
    assert second.tally == consume.Tally(inserted=3)
    assert stored()["raw"] == 13


def test_invalid_and_test_events_are_stored_and_not_counted(stream, stored):
    stream.send(
        an_event(invalid_reason=InvalidReason.KNOWN_BOT, cost_micros=5), an_event(is_test=True)
    )
    stream.consume(2)
    assert (stored()["raw"], stored()["impressions"], stored()["cost_micros"]) == (2, 0, 0)
    rows = clickhouse.query("SELECT sum(invalid_impressions) FROM ad_events_minute_agg")
    assert rows == [(1,)]


def test_the_same_id_of_two_tenants_is_two_events(stream, stored):
    event_id = uuid4()
    stream.send(an_event(event_id=event_id), an_event(event_id=event_id, tenant_id=2))
    assert stream.consume(2).inserted == 2
    assert stored()["raw"] == 2


def test_a_corrected_message_is_not_swallowed_by_its_poison(stream, stored):
    event = an_event()
    stream.send(encode(event).replace(b"IMPRESSION", b"IMPRESSIO"), event)
    assert stream.consume(2) == consume.Tally(inserted=1, dead_letters=1)
    assert stored()["raw"] == 1


@pytest.mark.fault
def test_without_redis_clickhouse_says_what_is_a_duplicate(stream, stored, running_engines):
    events = [an_event() for _ in range(6)]
    stream.send(*events[:3])
    stream.consume(3)
    stream.send(*events)
    consumer = stream.consumer()
    running_engines.stop_engine("redis")
    try:
        stream.drive(consumer, 6)
    finally:
        running_engines.start_engine("redis")
    assert stored()["raw"] == 6
    stream.send(*events)
    assert stream.drive(consumer, 12).duplicates == 9
    consumer.reader.close()
    assert (stored()["raw"], stored()["impressions"]) == (6, 6)


def hang_up(_future):
    """Close the connections of the thread that has consumed."""
    clickhouse.disconnect()
    connections.close_all()


@pytest.mark.fault
def test_while_clickhouse_is_away_it_waits_and_nothing_is_a_dead_letter(
    stream, stored, running_engines
):
    consumer = stream.consumer()
    stream.send(an_event())
    stream.drive(consumer, 1)
    running_engines.stop_engine("clickhouse")
    stream.send(*(an_event() for _ in range(5)))
    with ThreadPoolExecutor(1) as pool:
        consuming = pool.submit(stream.drive, consumer, 6)
        consuming.add_done_callback(hang_up)
        time.sleep(1.5)
        running_engines.start_engine("clickhouse")
        consuming.result()
    consumer.reader.close()
    assert consumer.tally == consume.Tally(inserted=6)
    assert (stored()["raw"], stored()["impressions"]) == (6, 6)


def test_it_stops_while_it_waits_for_clickhouse(stream, clickhouse_away):
    consumer = stream.consumer()
    stream.send(an_event())
    stream.stop.set()
    with pytest.raises(consume.Stopped):
        stream.drive(consumer, 1)
    consumer.reader.close()


@pytest.mark.parametrize("sent", [0, 3])
def test_once_ends_at_the_end_of_the_topic(stream, stored, settings, sent):
    settings.EVENTS_GROUP = f"once-{uuid4().hex}"
    stream.send(*(an_event() for _ in range(sent)))
    out = io.StringIO()
    call_command("consume_events", once=True, max_seconds=30, stdout=out)
    assert out.getvalue() == f"inserted {sent}, duplicates 0, dead letters 0\n"
    assert stored()["raw"] == sent
