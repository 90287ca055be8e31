"""Builders of campaigns and what they need to serve."""

from datetime import UTC, datetime, timedelta

import factory
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
    return factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(**ahead))


class CampaignFactory(DjangoModelFactory):
    """A running campaign without budgets."""

    class Meta:
        model = Campaign

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence(lambda n: f"Campaign {n}")
    status = CampaignStatus.ACTIVE
    start_at = _from_now(days=-1)
    end_at = _from_now(days=30)


class PlacementFactory(DjangoModelFactory):
    class Meta:
        model = Placement

    tenant = factory.SubFactory(TenantFactory)
    key = factory.Sequence(lambda n: f"placement_{n}")
    name = factory.Sequence(lambda n: f"Placement {n}")
    width = 300
    height = 250


class LineItemFactory(DjangoModelFactory):
    """An active line item for everyone, at a CPM of 2.50."""

    class Meta:
        model = LineItem

    campaign = factory.SubFactory(CampaignFactory)
    tenant = factory.SelfAttribute("campaign.tenant")
    placement = factory.SubFactory(PlacementFactory, tenant=factory.SelfAttribute("..tenant"))
    name = factory.Sequence(lambda n: f"Line item {n}")
    bid_cents = 250


class CreativeFactory(DjangoModelFactory):
    """An image; give ``kind="template"`` with a ``template`` of the same campaign for another."""

    class Meta:
        model = Creative

    line_item = factory.SubFactory(LineItemFactory)
    tenant = factory.SelfAttribute("line_item.tenant")
    name = factory.Sequence(lambda n: f"Creative {n}")
    kind = CreativeKind.IMAGE
    image_url = "https://cdn.example.com/oak-floor.jpg"
    landing_url = "https://shop.example.com/floors"


class FrequencyCapFactory(DjangoModelFactory):
    """Three impressions a day of a campaign (or give ``line_item`` and ``campaign=None``)."""

    class Meta:
        model = FrequencyCap

    campaign = factory.SubFactory(CampaignFactory)
    tenant = factory.LazyAttribute(lambda cap: (cap.campaign or cap.line_item).tenant)
    impressions = 3
    seconds = 86_400


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = Segment

    tenant = factory.SubFactory(TenantFactory)
    key = factory.Sequence(lambda n: f"segment_{n}")
    name = factory.Sequence(lambda n: f"Segment {n}")
    rule = factory.LazyFunction(
        lambda: {"dimension": "key_value", "key": "room_type", "op": "in", "values": ["kitchen"]}
    )


class AttributionRuleFactory(DjangoModelFactory):
    class Meta:
        model = AttributionRule

    tenant = factory.SubFactory(TenantFactory)
