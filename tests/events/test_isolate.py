"""Which rows ClickHouse refuses is found without storing any."""

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.clients import clickhouse
from events import isolate, store
from events.plan import Bounds
from events.records import Arrived
from tests.events.builders import an_arrival, an_event

BATCH = Bounds("topic", 0, 0, 9)


@contextmanager
def refusing(condition: str):
    """An operator's constraint on the table: one way to make ClickHouse refuse a row."""
    clickhouse.command(f"ALTER TABLE ad_events_raw ADD CONSTRAINT refusing CHECK {condition}")
    try:
        yield
    finally:
        clickhouse.command("ALTER TABLE ad_events_raw DROP CONSTRAINT refusing")


def an_amount(offset: int, cents: int) -> Arrived:
    return Arrived(an_event(value_cents=cents), offset)


def test_it_finds_the_rows_and_stores_none(event_store):
    batch = [an_amount(offset, 666 if offset in {2, 7} else offset) for offset in range(10)]
    with refusing("value_cents != 666"):
        with pytest.raises(store.RowsRefused):
            store.insert(batch, BATCH)
        assert isolate.refused(batch, BATCH) == [2, 7]
    assert clickhouse.query("SELECT count() FROM ad_events_raw") == [(0,)]
    assert clickhouse.query("SHOW TABLES LIKE 'ad_events_trial%%'") == []


def test_good_rows_are_not_blamed(event_store):
    assert isolate.refused([an_amount(0, 1)], BATCH) == []


@given(st.sets(st.integers(0, 40)), st.integers(0, 40))
def test_halving_finds_exactly_the_bad_ones(bad, size):
    batch = [an_arrival(offset) for offset in range(size)]
    heard: list[int] = []
    found = isolate.bisected(
        batch, lambda part: not any(each.offset in bad for each in part), heard.append
    )
    assert heard == [each.offset for each in found]
    assert {each.offset for each in found} == {offset for offset in bad if offset < size}
