"""The numbered files on a database that has rows: nothing is lost, every file may be repeated."""

import uuid
from datetime import timedelta

import pytest

from adplatform.clients import clickhouse
from events import schema
from events.columns import build
from events.plan import Bounds
from events.records import Arrived
from events.tiers import MEASURES, TIERS, select_from_raw
from events.types import EventType, InvalidReason
from tests.events.builders import NOON, an_event

FIRST_FILES = 4  # what the first release had


@pytest.fixture
def empty_database(settings):
    """A database of its own on the same server."""
    name = f"upgrade_{uuid.uuid4().hex[:8]}"
    clickhouse.command(f"CREATE DATABASE {name}")
    settings.CLICKHOUSE_URL = settings.CLICKHOUSE_URL.rpartition("/")[0] + f"/{name}"
    yield name
    clickhouse.command(f"DROP DATABASE {name} SYNC")


@pytest.fixture
def old_database(empty_database):
    """The tables of the first release, with rows in two months."""
    for migration in schema.migrations()[:FIRST_FILES]:
        schema.run(migration)
        schema.record(migration)
    events = [
        an_event(
            ts=NOON - timedelta(hours=11 * number),
            tenant_id=1 + number % 2,
            event_type=list(EventType)[number % 5],
            invalid_reason=InvalidReason.KNOWN_BOT if number % 7 == 0 else InvalidReason.NONE,
            is_test=number % 11 == 0,
            value_cents=number - 50,
            cost_micros=number,
        )
        for number in range(100)
    ]
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    columns = build(batch, Bounds("t", 0, 0, 99))
    for later in ("invalid_flags", "batch_id", "propensity"):
        columns.pop(later)
    clickhouse.insert_columns("ad_events_raw", columns, token="t:0:0-99")


def sums(table: str) -> list[clickhouse.Row]:
    names = ", ".join(f"sum({name})" for name in MEASURES)
    return clickhouse.query(
        f"SELECT tenant_id, {names} FROM {table} GROUP BY tenant_id ORDER BY tenant_id"
    )


def test_old_rows_are_in_every_tier(old_database):
    schema.apply()
    raw = sums(f"({select_from_raw(TIERS[0])})")
    assert len(raw) == 2
    assert {tier.table: sums(tier.table) for tier in TIERS} == {tier.table: raw for tier in TIERS}
    assert schema.applied_versions() == schema.expected_versions()


def test_every_file_may_be_repeated_after_a_crash_at_any_statement(old_database):
    for migration in schema.migrations()[FIRST_FILES:]:
        for crash in range(1, len(migration.statements) + 1):
            for statement in migration.statements[:crash]:
                clickhouse.command(statement)
        schema.run(migration)
    raw = sums(f"({select_from_raw(TIERS[0])})")
    assert {tier.table: sums(tier.table) for tier in TIERS} == {tier.table: raw for tier in TIERS}


def test_rows_that_come_after_the_upgrade_are_counted_once(old_database):
    schema.apply()
    columns = build([Arrived(an_event(cost_micros=7), 100)], Bounds("t", 0, 100, 100))
    for _ in range(2):
        clickhouse.insert_columns("ad_events_raw", columns, token="t:0:100-100")
    raw = sums(f"({select_from_raw(TIERS[0])})")
    assert {tier.table: sums(tier.table) for tier in TIERS} == {tier.table: raw for tier in TIERS}


def test_an_old_databases_rows_keep_their_types_and_billings_can_come(old_database):
    before = clickhouse.query("SELECT event_type, count() FROM ad_events_raw GROUP BY 1 ORDER BY 1")
    schema.apply()
    after = clickhouse.query("SELECT event_type, count() FROM ad_events_raw GROUP BY 1 ORDER BY 1")
    assert after == before
    assert len(after) == 5
    columns = build([Arrived(an_event(event_type=EventType.BILLING), 0)], Bounds("u", 0, 0, 0))
    clickhouse.insert_columns("ad_events_raw", columns)
    where = "WHERE event_type = 'BILLING'"
    assert clickhouse.query(f"SELECT count() FROM ad_events_raw {where}") == [(1,)]
