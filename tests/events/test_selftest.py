"""A server that would count twice is refused before anything is consumed."""

import io
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from adplatform.clients import clickhouse
from events import selftest, store
from events.stream import AD_EVENTS
from events.tiers import RAW

TABLES = [AD_EVENTS.name, *AD_EVENTS.fed]


@contextmanager
def window(table: str, inserts: int):
    setting = "MODIFY SETTING non_replicated_deduplication_window ="
    clickhouse.command(f"ALTER TABLE {table} {setting} {inserts}")
    try:
        yield
    finally:
        clickhouse.command(f"ALTER TABLE {table} {setting} 100000")


def scratch_tables() -> list[clickhouse.Row]:
    return clickhouse.query("SHOW TABLES LIKE 'selftest%%'")


def test_it_passes_on_our_schema_and_leaves_nothing_behind(event_schema):
    assert selftest.check() == 100_000
    assert scratch_tables() == []


def test_it_says_how_long_the_shortest_memory_is(event_schema):
    with window(TABLES[1], 50):
        assert selftest.check() == 50


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_a_window_is_refused_by_name(event_schema, table):
    with window(table, 0), pytest.raises(selftest.WouldCountTwice, match=f"{table} without"):
        selftest.check()


def test_the_consumer_does_not_start(event_schema, kafka_topic, settings):
    settings.EVENTS_TOPIC = kafka_topic
    with window(RAW, 0), pytest.raises(CommandError, match="ALTER TABLE ad_events_raw MODIFY"):
        call_command("consume_events", once=True, stdout=io.StringIO())


def test_a_server_that_counts_a_repeated_block_again_in_views_is_found_out(
    event_schema, monkeypatch
):
    name = "deduplicate_blocks_in_dependent_materialized_views"
    monkeypatch.setitem(store.INSERT_SETTINGS, name, 0)
    with pytest.raises(selftest.WouldCountTwice, match="2 rows and 3 in the view"):
        selftest.check()
    assert scratch_tables() == []
