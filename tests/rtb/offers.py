"""Offers without a bidder: builders with keyword overrides."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from adplatform.money import Micros
from adplatform.tokens import Keyring
from adserving.snapshot import CampaignConfig, CreativeConfig, LineItemConfig
from campaigns.creative_attributes import read
from campaigns.targeting import parse as parse_rule
from rtb.ad import Ad, Format
from rtb.offer import Offer
from rtb.openrtb.parse import parse
from rtb.openrtb.request import BidRequest
from rtb.respond import respond
from rtb.site import RtbSite
from rtb.sold import Sold
from rtb.ssp import SspConfig

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYRING = Keyring({"k1": b"0123456789abcdef0123456789abcdef"})
RTB_ID = "0123456789abcdef01234567"
SITE = RtbSite(
    keyring=KEYRING,
    base_url="http://ads.example.com",
    secure_base_url="https://ads.example.com",
    notice_seconds=86_400,
    page_seconds=3600,
    click_seconds=86_400,
)
SSP = SspConfig(id=3, tenant_id=1, key="exchange", seat="seat-9")
CAMPAIGN = CampaignConfig(
    id=12,
    tenant_id=1,
    name="Autumn",
    active=True,
    start_at=NOW - timedelta(days=1),
    end_at=NOW + timedelta(days=1),
    daily_budget=None,
    total_budget=None,
)
KIND_OF = {"banner": "image", "video": "video", "audio": "audio", "native": "native"}


def creative(kind: str = "image", *, attributes: object = None, **overrides: Any) -> CreativeConfig:
    values = {
        "id": 56,
        "tenant_id": 1,
        "line_item_id": 34,
        "kind": kind,
        "product_sku": "",
        "image_url": "https://cdn.example.com/shoe.png",
        "landing_url": "https://shop.example/",
        "template_id": 7 if kind == "template" else None,
        "is_active": True,
        "width": 300,
        "height": 250,
        "adomain": "shop.example",
        "attributes": read(attributes),
        "html": "",
    }
    return CreativeConfig(**{**values, **overrides})


def line_item(shown: CreativeConfig) -> LineItemConfig:
    return LineItemConfig(
        id=34,
        tenant_id=1,
        name="Shoes",
        campaign=CAMPAIGN,
        placement_id=0,
        active=True,
        cpm=Micros(3_000_000),
        priority=8,
        daily_budget=None,
        total_budget=None,
        standard_pacing=False,
        rule=parse_rule({}),
        prepaid=None,
        matches=lambda _: True,
        caps=(),
        creatives=(shown,),
    )


def offer(
    imp: dict | None = None,
    shown: CreativeConfig | None = None,
    *,
    format: str = "banner",  # noqa: A002
    **overrides: Any,
) -> Offer:
    found = shown or creative(KIND_OF[format])
    values = {
        "ad": Ad(line_item(found), found, Format(format)),
        "imp": request(imp).imp[0],
        "rtb_id": RTB_ID,
        "price": 2_500_000,
        "value": 3_000_000,
        "floor": 1_000_000,
        "bid_price": 2.5,
        "currency": "USD",
        "width": found.width,
        "height": found.height,
        "country": "US",
        "inventory": "news.example",
        "day": "2026-11-21",
    }
    return Offer(**{**values, **overrides})


def request(imp: dict | None = None, **fields: Any) -> BidRequest:
    default = {"id": "1", "banner": {"w": 300, "h": 250}}
    body = {"id": "auction-1", "imp": [{**default, **(imp or {})}], **fields}
    return parse(json.dumps(body).encode())


def bid_of(made: Offer, **fields: Any):
    """The one bid of the response to an offer."""
    answer = respond(request(**fields), SSP, [made], site=SITE, now=NOW)
    return answer.seatbid[0].bid[0]


def sold(**overrides: Any) -> Sold:
    values = {
        "rtb_id": RTB_ID,
        "tenant_id": 1,
        "ssp_id": 3,
        "auction_id": "auction-1",
        "imp_id": "1",
        "campaign_id": 12,
        "line_item_id": 34,
        "creative_id": 56,
        "template_id": 0,
        "segment_id": 0,
        "currency": "USD",
        "bid_micros": 2_500_000,
        "price_micros": 2_500_000,
        "value_micros": 3_000_000,
        "floor_micros": 1_000_000,
        "bid_at": int(NOW.timestamp()),
        "day": "2026-11-21",
        "format": "banner",
    }
    return Sold(**{**values, **overrides})
