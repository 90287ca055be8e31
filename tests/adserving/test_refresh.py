"""What a snapshot tells the doors of the events."""

from datetime import UTC, datetime, timedelta

import pytest

from adplatform.money import Micros
from adserving import refresh
from adserving.compile import compile_snapshot
from events.directory import LineItemRef
from tests.factories import CampaignFactory, LineItemFactory

pytestmark = pytest.mark.django_db


def test_a_line_item_that_ended_long_ago_may_still_be_named_by_a_conversion():
    ended = datetime.now(UTC) - timedelta(days=200)
    campaign = CampaignFactory(start_at=ended - timedelta(days=30), end_at=ended)
    item = LineItemFactory(campaign=campaign, bid_cents=250)
    compiled = compile_snapshot(datetime.now(UTC))
    assert item.pk not in compiled.line_items
    known = refresh._directory_of(compiled).of(campaign.tenant_id)
    assert known.line_items[item.pk] == LineItemRef(
        campaign.pk, item.placement_id, Micros(2_500_000)
    )
