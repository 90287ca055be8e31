"""An advertiser that bids with one creative of every kind, and a door to ask."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from adplatform.doors import Limits, WsgiApp, serve
from adplatform.tokens import Keyring
from adserving import refresh
from campaigns.models import Campaign, Creative, LineItem
from rtb.bids import recording
from rtb.desk import Desk
from rtb.endpoint import PATH, Bidder, build
from rtb.models import Ssp
from rtb.openrtb.currency import Rates
from rtb.records import BidRecord
from rtb.site import RtbSite
from tenants.models import Tenant
from tests.adserving.ledger.books import mark_complete
from tests.factories import CampaignFactory, CreativeFactory, LineItemFactory, TenantFactory
from tests.factories.rtb import BidStrategyFactory, SspFactory
from tests.wsgi_client import Answer, call

KEYRING = Keyring({"k1": b"0123456789abcdef0123456789abcdef"})
SITE = RtbSite(KEYRING, "https://ads.example.com", "https://ads.example.com", 86_400, 3600, 86_400)
LIMITS = Limits(body_bytes=1_048_576, trusted_proxies=0)
RATES = Rates({"USD": Decimal(1), "EUR": Decimal("0.92"), "JPY": Decimal(150)})
ADOMAIN = "brand.example.com"
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "image": {"cat": ["IAB10-3"], "attr": [4]},
    "video": {
        "cat": ["IAB10-3"],
        "attr": [6],
        "media": [
            {
                "url": "https://cdn.example.com/film.mp4",
                "mime": "video/mp4",
                "bitrate": 800,
                "width": 640,
                "height": 360,
            }
        ],
        "duration": 15,
    },
    "audio": {
        "cat": ["IAB10-3"],
        "attr": [1],
        "media": [{"url": "https://cdn.example.com/spot.mp3", "mime": "audio/mpeg", "bitrate": 96}],
        "duration": 30,
    },
    "native": {
        "cat": ["IAB10-3"],
        "attr": [4],
        "title": "Oak floors",
        "text": "Warm underfoot.",
        "sponsored_by": "Brand",
        "call_to_action": "See them",
        "icon": {"url": "https://cdn.example.com/icon.png", "width": 80, "height": 80},
    },
}


class NoPolicies:
    """Nobody has any."""

    def load(self) -> None:
        pass

    def judge(self, _tenant, ads):
        return ads

    def of(self, _tenant_id):
        return None


@dataclass
class BidWorld:
    """``reload`` after changing rows; ``records`` is what was told."""

    tenant: Tenant
    ssp: Ssp
    campaign: Campaign
    line_items: dict[str, LineItem]
    creatives: dict[str, Creative]
    desk: Desk
    records: list[BidRecord] = field(default_factory=list)
    app: WsgiApp = lambda _environ, _start: []

    def reload(self) -> None:
        self.desk.load(refresh.reload_snapshot())

    def ask(self, request: dict | bytes, **headers: str) -> Answer:
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        return call(self.app, f"{PATH}{self.ssp.key}", method="POST", body=body, **headers)


def build_world(**changes: Any) -> BidWorld:
    """One line item for each kind of creative, at 5 dollars CPM; everything is open."""
    tenant = TenantFactory(currency="USD")
    ssp: Any = SspFactory(tenant=tenant)
    campaign = CampaignFactory(tenant=tenant)
    records: list[BidRecord] = []
    desk = Desk(tell=records.append, policies=NoPolicies(), rng=Random(5))
    world = BidWorld(tenant, ssp, campaign, {}, {}, desk, records)
    for kind, attributes in ATTRIBUTES.items():
        add_line_item(world, kind, attributes=attributes)
    bidder = Bidder(
        desk=desk,
        site=SITE,
        rates=RATES,
        rng=Random(7),
        vendor_id=0,
        behind=None,
        hashed=lambda _tenant_id, user_id: user_id,
        record=recording(records.append),
        **({"clock": lambda: 0.0} | changes),  # no answer is late unless a test wants it
    )
    world.app = serve("bid", build(bidder), LIMITS)
    world.reload()
    mark_complete(tenant.pk)
    return world


def add_line_item(world: BidWorld, kind: str, *, name: str = "", **creative: Any) -> LineItem:
    name = name or kind
    item = LineItemFactory(campaign=world.campaign, placement=None, bid_cents=500, name=name)
    world.line_items[name] = item
    values = {"width": 300, "height": 250, "adomain": ADOMAIN} | creative
    world.creatives[name] = CreativeFactory(line_item=item, kind=kind, **values)
    BidStrategyFactory(line_item=item)
    return item
