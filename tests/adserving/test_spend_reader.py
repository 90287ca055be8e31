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
