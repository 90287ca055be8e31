"""TTLs on the real engine: only altered when different, and rows really disappear."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from adplatform.clients import clickhouse
from events import retention, store, ttl
from events.plan import Bounds
from events.records import Arrived
from events.tiers import DAY, MINUTE, QUARTER, RAW
from tests.events.builders import an_event
from tests.factories import TenantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def endless(event_store):
    """Tables without TTLs, before and after."""
    tables = [RAW, *(tier.table for tier in (MINUTE, QUARTER, DAY))]

    def remove() -> None:
        for table in tables:
            if retention.current(table):
                clickhouse.command(f"ALTER TABLE {table} REMOVE TTL")

    remove()
    yield
    remove()


def insert(tenant_id: int, age_days: int, offset: int) -> None:
    event = an_event(ts=datetime.now(UTC) - timedelta(days=age_days), tenant_id=tenant_id)
    store.insert([Arrived(event, offset)], Bounds("retention", 0, offset, offset))


def ages(tenant_id: int) -> int:
    clickhouse.command(f"OPTIMIZE TABLE {RAW} FINAL")
    return clickhouse.query(
        f"SELECT count() FROM {RAW} WHERE tenant_id = %(tenant)s", {"tenant": tenant_id}
    )[0][0]


def test_it_alters_only_what_differs(endless, settings):
    assert set(retention.apply()) == {RAW, MINUTE.table, QUARTER.table, DAY.table}
    assert retention.apply() == []
    settings.EVENTS_MINUTE_DAYS = 14
    assert retention.apply() == [MINUTE.table]
    assert retention.current(MINUTE.table) == "minute + toIntervalDay(14)"
    TenantFactory(event_retention_days=30)
    assert retention.apply() == [RAW]
    assert retention.apply() == []


def test_rows_disappear_when_their_time_is_over_and_others_stay(endless):
    short, long = TenantFactory(event_retention_days=30), TenantFactory()
    for offset, age in enumerate((5, 20, 100, 500)):
        insert(short.pk, age, 2 * offset)
        insert(long.pk, age, 2 * offset + 1)
    assert ages(short.pk) == ages(long.pk) == 4
    retention.apply()
    assert (ages(short.pk), ages(long.pk)) == (2, 3)
    insert(short.pk, 31, 100)
    assert ages(short.pk) == 2


def test_the_counts_stay_when_raw_rows_expire(endless):
    short = TenantFactory(event_retention_days=30)
    insert(short.pk, 60, 0)
    retention.apply()
    assert ages(short.pk) == 0
    for tier in (MINUTE, QUARTER, DAY):
        assert clickhouse.query(f"SELECT sum(impressions) FROM {tier.table}") == [(1,)]


def test_every_change_is_remembered(endless):
    tenant = TenantFactory()
    retention.apply()
    tenant.event_retention_days = 30
    tenant.save()
    retention.apply()
    assert [dict(each.retention.tenants) for each in retention.applied()] == [{}, {tenant.pk: 30}]


def test_before_postgres_is_migrated_the_platforms_days_hold(db, settings):
    with connection.cursor() as cursor:  # rolled back with the test
        cursor.execute("ALTER TABLE tenants_tenant RENAME COLUMN event_retention_days TO other")
    assert retention.wanted() == ttl.Retention(settings.EVENTS_RAW_DAYS, {})
