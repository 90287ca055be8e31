"""What the bidder answers from: an account with thousands of live line items, and two requests."""

import json

from campaigns.models import Creative, LineItem
from rtb.models import BidStrategy
from tests.adserving.ledger.books import mark_complete
from tests.bench.ads import COUNTRIES, DEVICES, SIZES
from tests.factories import CampaignFactory, TenantFactory
from tests.factories.rtb import SspFactory
from tests.rtb.builders import DESKTOP, banner_request

CAMPAIGNS = 10
CHUNK = 5000
BUDGET_CENTS = 10**9
HIT = {**DESKTOP, "geo": {"country": "USA"}}
MISS = {**DESKTOP, "geo": {"country": "ZWE"}}


def seed(count: int) -> dict[str, object]:
    """``count`` line items, a seventh of them in each size; of those that fit 1 in 24 matches."""
    tenant = TenantFactory()
    ssp = SspFactory(tenant=tenant, timeout_ms=1000)
    campaigns = [
        CampaignFactory(tenant=tenant, daily_budget_cents=BUDGET_CENTS) for _ in range(CAMPAIGNS)
    ]
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        items = LineItem.across_tenants.bulk_create(
            _line_item(tenant, campaigns[number % CAMPAIGNS], number) for number in numbers
        )
        pairs = list(zip(items, numbers, strict=True))
        Creative.across_tenants.bulk_create(_creative(item, number) for item, number in pairs)
        BidStrategy.across_tenants.bulk_create(
            BidStrategy(tenant=tenant, line_item=item) for item in items
        )
    mark_complete(tenant.pk)
    blocked = {"badv": ["rival.example", "casino.example"], "bcat": ["IAB25", "IAB26"]}
    return {
        "key": ssp.key,
        "bid": json.dumps(banner_request(device=HIT, tmax=1000, **blocked)),
        "no_bid": json.dumps(banner_request(device=MISS, tmax=1000, **blocked)),
    }


def _line_item(tenant, campaign, number: int) -> LineItem:
    country, device = COUNTRIES[number // 7 % 8], DEVICES[number // 56 % 3]
    return LineItem(
        tenant=tenant,
        campaign=campaign,
        name=f"Line item {number}",
        bid_cents=100 + number % 100,
        targeting_json={"country": country, "device_type": device},
    )


def _creative(item: LineItem, number: int) -> Creative:
    width, height = SIZES[number % 7]
    return Creative(
        tenant_id=item.tenant_id,
        line_item=item,
        name=item.name,
        image_url="https://cdn.example.com/a.png",
        landing_url="https://shop.example.com/",
        width=width,
        height=height,
        adomain=f"brand{number % 50}.example",
        attributes={"cat": [f"IAB{number % 20 + 1}"], "attr": [4]},
    )
