"""Live ads as the bidder holds them, made without a database: for profiles in one process."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from adplatform.money import Micros
from adserving.snapshot import CampaignConfig, CreativeConfig, LineItemConfig, TenantConfig
from campaigns.creative_attributes import CreativeAttributes
from campaigns.targeting import compile_rule, parse
from rtb.ad import Ad, Format

SIZES = [(300, 250), (300, 600), (320, 50), (728, 90), (160, 600), (970, 250), (336, 280)]
COUNTRIES = ["CA", "US", "GB", "FR", "DE", "JP", "BR", "IN"]
DEVICES = ["desktop", "mobile", "tablet"]
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
TENANT = TenantConfig(1, ZoneInfo("America/Toronto"), "USD", None)


def ads(count: int) -> Iterator[Ad]:
    """Line items of 10 campaigns with mixed sizes, countries and devices; 100 different bids."""
    rules = {}
    for country in COUNTRIES:
        for device in DEVICES:
            rule = parse({"country": country, "device_type": device})
            rules[country, device] = (rule, compile_rule(rule))
    for number in range(count):
        campaign = CampaignConfig(number % 10, 1, "c", True, START, END, Micros(10**12), None)
        width, height = SIZES[number % 7]
        creative = CreativeConfig(
            id=number,
            tenant_id=1,
            line_item_id=number,
            kind="image",
            product_sku="",
            image_url="https://cdn.example.com/a.png",
            landing_url="https://shop.example.com/",
            template_id=None,
            is_active=True,
            width=width,
            height=height,
            adomain=f"brand{number % 50}.example",
            attributes=CreativeAttributes(cat=(f"IAB{number % 20 + 1}",), attr=(4,)),
            html="",
        )
        rule, matches = rules[COUNTRIES[number // 7 % 8], DEVICES[number // 56 % 3]]
        item = LineItemConfig(
            id=number,
            tenant_id=1,
            name="l",
            campaign=campaign,
            placement_id=0,
            active=True,
            cpm=Micros(1_000_000 + number % 100 * 10_000),
            priority=8,
            daily_budget=None,
            total_budget=None,
            prepaid=None,
            standard_pacing=True,
            rule=rule,
            matches=matches,
            caps=(),
            creatives=(creative,),
        )
        yield Ad(item, creative, Format.BANNER)
