"""Spend as budgets see it: in all from the days, today from the minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from adplatform.clients import clickhouse
from adserving import spend_reader
from adserving.compile import compile_snapshot
from events import store
from events.plan import Bounds
from events.records import Arrived
from events.tiers import MINUTE
from events.types import EventType
from tests.events.builders import an_event
from tests.factories import LineItemFactory

pytestmark = pytest.mark.django_db


def test_the_total_outlives_the_minutes(event_store):
    line_item = LineItemFactory(campaign__total_budget_cents=10_000)
    now = datetime.now(UTC)
    events = [
        an_event(
            ts=now - timedelta(days=age),
            tenant_id=line_item.campaign.tenant_id,
            campaign_id=line_item.campaign_id,
            line_item_id=line_item.pk,
            cost_micros=micros,
        )
        for age, micros in ((0, 7), (100, 50))
    ]
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds("spend", 0, 0, 1))
    expired = f"ALTER TABLE {MINUTE.table} DELETE WHERE minute < now() - toIntervalDay(90)"
    clickhouse.query(expired, settings={"mutations_sync": 2})
    found = spend_reader.read(compile_snapshot(now), now)
    assert found.campaign_total == {line_item.campaign_id: 57}
    assert found.campaign_today == {line_item.campaign_id: 7}
    assert found.line_item_today == {line_item.pk: 7}


def test_what_was_billed_is_part_of_what_was_spent_and_known_apart(event_store):
    """A tag's impression costs 7, billings 100 today and 1000 a while ago."""
    line_item = LineItemFactory(total_budget_cents=10_000, campaign__tenant__prepaid_cents=1)
    tenant_id, campaign_id = line_item.campaign.tenant_id, line_item.campaign_id
    now = datetime.now(UTC)
    ids = {"tenant_id": tenant_id, "campaign_id": campaign_id, "line_item_id": line_item.pk}
    billed = {**ids, "event_type": EventType.BILLING}
    events = [
        an_event(**ids, ts=now, cost_micros=7),
        an_event(**billed, ts=now, cost_micros=100),
        an_event(**billed, ts=now - timedelta(days=5), cost_micros=1000),
        an_event(**billed, ts=now, cost_micros=5, is_test=True),
        an_event(tenant_id=tenant_id, ts=now, cost_micros=3),  # of a campaign without a budget
    ]
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds("spend", 0, 0, len(batch) - 1))
    found = spend_reader.read(compile_snapshot(now), now)
    assert (found.campaign_today, found.campaign_total) == ({campaign_id: 107}, {campaign_id: 1107})
    assert (found.campaign_today_billed, found.campaign_total_billed) == (
        {campaign_id: 100},
        {campaign_id: 1100},
    )
    item = line_item.pk
    assert (found.line_item_today, found.line_item_total) == ({item: 107}, {item: 1107})
    assert found.line_item_today_billed == {item: 100}
    assert found.line_item_total_billed == {item: 1100}
    assert (found.tenant_total, found.tenant_total_billed) == ({tenant_id: 1110}, {tenant_id: 1100})
