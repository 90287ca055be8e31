"""The ClickHouse schema: applied once, refusing edits, exact under repeated inserts."""

import io
from uuid import uuid4

import pytest
from django.core.management import call_command

from adplatform.clients import clickhouse
from events import schema, store
from events.plan import Bounds
from events.records import Arrived
from tests.events.builders import an_event


def test_applying_it_again_changes_nothing(event_schema, settings):
    before = clickhouse.query("SELECT name, uuid FROM system.tables WHERE name LIKE 'ad\\_%%'")
    assert schema.apply() == []
    out = io.StringIO()
    call_command("apply_event_schema", plan=True, stdout=out)
    assert out.getvalue() == "the schema is up to date\n"
    assert schema.applied_versions() == schema.expected_versions()
    assert before == clickhouse.query(
        "SELECT name, uuid FROM system.tables WHERE name LIKE 'ad\\_%%'"
    )


def test_an_edited_file_is_refused():
    migration = schema.Migration(1, "0001_x", "SELECT 1;\n")
    assert schema.missing([migration], {}) == [migration]
    assert schema.missing([migration], {1: migration.checksum}) == []
    with pytest.raises(schema.SchemaChanged, match="0001_x"):
        schema.missing([migration], {1: "another"})


def test_every_file_has_a_number_of_its_own_and_statements():
    versions = schema.expected_versions()
    assert versions == sorted(set(versions))
    assert all(migration.statements for migration in schema.migrations())


def test_the_seeds_columns_are_there(event_schema):
    rows = clickhouse.query("SELECT name FROM system.columns WHERE table = 'ad_events_raw'")
    seed = "event_date event_time event_id tenant_id user_id session_id event_type campaign_id"
    seed += " line_item_id placement_id creative_id value_cents metadata_json"
    assert set(seed.split()) <= {name for (name,) in rows}


def test_the_same_bounds_again_change_neither_rows_nor_sums(event_store):
    """What every server must do before it may be trusted with events."""
    bounds = Bounds(uuid4().hex, 0, 0, 4)
    batch = [Arrived(an_event(cost_micros=7), offset) for offset in range(5)]
    store.insert(batch, bounds)
    store.insert(batch, bounds)
    assert clickhouse.query("SELECT count() FROM ad_events_raw") == [(5,)]
    assert clickhouse.query(
        "SELECT sum(impressions), sum(cost_micros) FROM ad_events_minute_agg"
    ) == [(5, 35)]


def test_other_bounds_with_equal_sums_are_counted(event_store):
    topic_id = uuid4().hex
    for first in (0, 10):
        store.insert([Arrived(an_event(), first)], Bounds(topic_id, 0, first, first))
    assert clickhouse.query("SELECT sum(impressions) FROM ad_events_minute_agg") == [(2,)]
