"""What reports add up to once all is quiet: scenarios 37 to 41 of docs/exactness.md."""

from datetime import timedelta

import pytest

from adplatform.clients import clickhouse
from events.tiers import RAW, TIERS
from tests.events.builders import NOON, an_event
from tests.faults.truth import tiers

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def some_events(count):
    """Over three days and many minutes."""
    return [
        an_event(cost_micros=number, ts=NOON - timedelta(minutes=97 * number))
        for number in range(count)
    ]


def test_merges_change_no_count(pipeline):
    """37: many small parts, then one."""
    pipeline.send(*some_events(40))
    pipeline.drain(rows=3)
    before = tiers(1)
    for table in (RAW, *(tier.table for tier in TIERS)):
        clickhouse.command(f"OPTIMIZE TABLE {table} FINAL")
    assert tiers(1) == before
    pipeline.check()


@pytest.mark.parametrize("hours", [pytest.param(-100, id="behind"), pytest.param(100, id="ahead")])
def test_a_worker_whose_clock_is_wrong_decides_the_same(pipeline, clean_redis, hours):
    """41: after a flush too, when time says for how long ClickHouse is asked."""
    events = some_events(12)
    pipeline.send(*events[:8])
    pipeline.drain(rows=5)
    clean_redis.flushall()
    pipeline.send(*events[:4])
    consumer = pipeline.stream.consumer(rows=3, skew=timedelta(hours=hours))
    pipeline.drain(consumer)
    consumer.reader.close()
    pipeline.send(*events)
    pipeline.drain()
    pipeline.check()
