"""What the doors answer from: a tenant with 1,000 live line items in one placement, and more."""

from datetime import UTC, datetime

from django.conf import settings

from adplatform.tokens import Keyring
from adserving.credentials import Grant
from adserving.links import decision_url, template_url
from campaigns.models import Creative, LineItem
from optimization.services import activate_arms
from optimization.space import format_ad_id
from tests.factories import (
    ApiKeyFactory,
    CampaignFactory,
    FrequencyCapFactory,
    PlacementFactory,
    TemplateFactory,
    first_combination,
)

LINE_ITEMS = 1000
FAR = 2**32 - 1
COUNTRIES = ["CA", "US", "GB", "FR", "DE", "JP", "BR", "IN"]
ROOMS = ["bedroom", "kitchen", "living_room", "bathroom"]


def seed(base_url: str) -> dict[str, object]:
    """Rows, and the requests that the benchmark sends."""
    campaign = CampaignFactory()
    busy = _busy_placement(campaign)
    quiet = PlacementFactory(tenant=campaign.tenant)
    LineItem.across_tenants.bulk_create(
        _line_item(campaign, quiet, number, {"country": "ZW"}) for number in range(LINE_ITEMS)
    )
    template = TemplateFactory(campaign=campaign, status="published")
    ad_id = format_ad_id(first_combination(template))
    activate_arms(template=template, segment_id=None, arms=[{"ad_id": ad_id, "weight": 1}])
    grant = Grant(tenant_id=campaign.tenant_id, campaign_id=campaign.pk, template_id=template.pk)
    keyring = Keyring(settings.TOKEN_KEYS)
    question = {
        "tenant_id": campaign.tenant_id,
        "user_id": "u-123",
        "session_id": "s-456",
        "context": {"room_type": "bedroom", "country": "CA", "device": "mobile"},
    }
    return {
        "key": ApiKeyFactory(tenant=campaign.tenant).text,
        "decision": {**question, "placement_key": busy.key},
        "no_ad": {**question, "placement_key": quiet.key},
        "template_url": template_url(base_url, grant, expires_at=FAR, keyring=keyring),
        "decision_url": decision_url(base_url, grant, expires_at=FAR, keyring=keyring),
        "event": {
            "event_id": "00000000-0000-4000-8000-000000000000",
            "event_type": "IMPRESSION",
            "ts": datetime.now(UTC).isoformat(),
            "campaign_id": campaign.pk,
            "metadata": {"room_type": "bedroom"},
        },
    }


def _busy_placement(campaign):
    """1,000 line items with mixed targeting, one image each, capped per campaign and user."""
    placement = PlacementFactory(tenant=campaign.tenant)
    FrequencyCapFactory(campaign=campaign, impressions=10**9)
    items = LineItem.across_tenants.bulk_create(
        _line_item(
            campaign,
            placement,
            number,
            {"country": COUNTRIES[number % 8], "room_type": ROOMS[number // 8 % 4]},
        )
        for number in range(LINE_ITEMS)
    )
    Creative.across_tenants.bulk_create(
        Creative(
            tenant_id=campaign.tenant_id,
            line_item=item,
            name=item.name,
            image_url="https://cdn.example.com/a.jpg",
            landing_url="https://shop.example.com/",
        )
        for item in items
    )
    return placement


def _line_item(campaign, placement, number: int, targeting: dict[str, str]) -> LineItem:
    return LineItem(
        tenant_id=campaign.tenant_id,
        campaign=campaign,
        placement=placement,
        name=f"Line item {number}",
        bid_cents=100 + number,
        targeting_json=targeting,
    )
