"""Builders of campaigns and what they need to serve."""

from datetime import UTC, datetime, timedelta

from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from campaigns.models import (
    AttributionRule,
    Campaign,
    CampaignStatus,
    Creative,
    CreativeKind,
    FrequencyCap,
    LineItem,
    Placement,
    Segment,
)
from tests.factories.tenants import TenantFactory


def _from_now(**ahead):
    return LazyFunction(lambda: datetime.now(UTC).replace(microsecond=0) + timedelta(**ahead))


class CampaignFactory(DjangoModelFactory[Campaign]):
    """A running campaign without budgets."""

    class Meta:
        model = Campaign

    tenant = SubFactory(TenantFactory)
    name = Sequence(lambda n: f"Campaign {n}")
    status = CampaignStatus.ACTIVE
    start_at = _from_now(days=-1)
    end_at = _from_now(days=30)


class PlacementFactory(DjangoModelFactory[Placement]):
    class Meta:
        model = Placement

    tenant = SubFactory(TenantFactory)
    key = Sequence(lambda n: f"placement_{n}")
    name = Sequence(lambda n: f"Placement {n}")
    width = 300
    height = 250


class LineItemFactory(DjangoModelFactory[LineItem]):
    """An active line item for everyone, at a CPM of 2.50."""

    class Meta:
        model = LineItem

    campaign = SubFactory(CampaignFactory)
    tenant = SelfAttribute("campaign.tenant")
    placement = SubFactory(PlacementFactory, tenant=SelfAttribute("..tenant"))
    name = Sequence(lambda n: f"Line item {n}")
    bid_cents = 250


class CreativeFactory(DjangoModelFactory[Creative]):
    """An image; give ``kind="template"`` with a ``template`` of the same campaign for another."""

    class Meta:
        model = Creative

    line_item = SubFactory(LineItemFactory)
    tenant = SelfAttribute("line_item.tenant")
    name = Sequence(lambda n: f"Creative {n}")
    kind = CreativeKind.IMAGE
    image_url = "https://cdn.example.com/oak-floor.jpg"
    landing_url = "https://shop.example.com/floors"


class FrequencyCapFactory(DjangoModelFactory[FrequencyCap]):
    """Three impressions a day of a campaign (or give ``line_item`` and ``campaign=None``)."""

    class Meta:
        model = FrequencyCap

    campaign = SubFactory(CampaignFactory)
    tenant = LazyAttribute(lambda cap: (cap.campaign or cap.line_item).tenant)
    impressions = 3
    seconds = 86_400


class SegmentFactory(DjangoModelFactory[Segment]):
    class Meta:
        model = Segment

    tenant = SubFactory(TenantFactory)
    key = Sequence(lambda n: f"segment_{n}")
    name = Sequence(lambda n: f"Segment {n}")
    rule = LazyFunction(
        lambda: {"dimension": "key_value", "key": "room_type", "op": "in", "values": ["kitchen"]}
    )


class AttributionRuleFactory(DjangoModelFactory[AttributionRule]):
    class Meta:
        model = AttributionRule

    tenant = SubFactory(TenantFactory)
