"""The demo's exchange, its deal and brand safety, and line items that bid in every format."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adplatform.demo import catalogue
from adplatform.demo.addresses import Addresses
from adplatform.demo.banners import SIZES, banner
from adplatform.demo.rows import ensure
from campaigns.models import Campaign, Creative, CreativeKind, LineItem, Template
from rtb.models import BidStrategy, Deal, Guardrails, InventoryList, Ssp
from tenants.models import Tenant

SSP_KEY: Final = "demo-exchange"
DEAL_ID: Final = "demo-deal-1"
UNSAFE: Final = ["IAB25", "IAB26", "IAB7-39", "IAB9-9"]  # extreme, illegal; adult; gambling
CATEGORIES: Final = {"cat": ["IAB10", "IAB10-7"], "language": "en"}  # home and garden, decorating
DAILY_BUDGET_CENTS: Final = 1_000_000
NAMES: Final = ("image_url", "landing_url")

CAMPAIGN: Final = catalogue.CampaignPlan(
    "Sofas on exchanges", "ACTIVE", (-7, 60), 5_000_000, 300_000_000, (), "awareness"
)
BANNERS, VIDEO, NATIVE, AUDIO, TEMPLATE = (
    "Banners on exchanges",
    "Video on exchanges",
    "Native on exchanges",
    "Audio on exchanges",
    "Sofa combinations on exchanges",
)
BIDS: Final = {BANNERS: 900, VIDEO: 1_400, NATIVE: 950, AUDIO: 1_200, TEMPLATE: 880}  # CPM, cents


@dataclass(frozen=True, slots=True)
class Plan:
    """A creative: its row's fields and its OpenRTB attributes."""

    name: str
    kind: CreativeKind
    fields: Mapping[str, object]
    attributes: Mapping[str, object]


def ensure_exchanges(
    tenant: Tenant, campaign: Campaign, template: Template, addresses: Addresses
) -> Ssp:
    """The exchange with everything that bids there; ``campaign`` is the one of CAMPAIGN."""
    ssp = ensure(Ssp, {"key": SSP_KEY}, tenant=tenant, name="Demo exchange", network_ms=5)
    _ensure_brand_safety(campaign)
    items = [
        _ensure_line_item(campaign, BANNERS, _banners(), addresses),
        _ensure_line_item(campaign, VIDEO, _videos(addresses), addresses),
        _ensure_line_item(campaign, NATIVE, _natives(addresses), addresses),
        _ensure_line_item(campaign, AUDIO, _audios(addresses), addresses),
    ]
    _ensure_template_line_item(template)
    _ensure_deal(ssp, items)
    return ssp


def _ensure_line_item(
    campaign: Campaign, name: str, plans: Iterable[Plan], addresses: Addresses
) -> LineItem:
    item = _ensure_bidding(campaign, name, "ACCELERATED")
    for plan in plans:
        creative = ensure(
            Creative,
            {"line_item": item, "name": plan.name},
            tenant=campaign.tenant,
            kind=plan.kind,
            landing_url=addresses.landing,
            adomain=catalogue.ADVERTISER_DOMAIN,
            attributes={**CATEGORIES, **plan.attributes},
            **plan.fields,
        )
        _follow_server(creative, addresses)
    return item


def _ensure_bidding(campaign: Campaign, name: str, pacing: str) -> LineItem:
    """For exchanges only, for everybody, bidding."""
    item = ensure(
        LineItem,
        {"campaign": campaign, "name": name},
        tenant=campaign.tenant,
        bid_cents=BIDS[name],
        daily_budget_cents=DAILY_BUDGET_CENTS,
        pacing_mode=pacing,
    )
    ensure(BidStrategy, {"line_item": item}, tenant=campaign.tenant)
    return item


def _ensure_template_line_item(template: Template) -> None:
    """All combinations of the sofa template, at a steady pace, in its own campaign."""
    item = _ensure_bidding(template.campaign, TEMPLATE, "STANDARD")
    creative = ensure(
        Creative,
        {"line_item": item, "name": "Autumn sofas, for exchanges"},
        tenant=item.tenant,
        kind=CreativeKind.TEMPLATE,
        template=template,
        adomain=catalogue.ADVERTISER_DOMAIN,
        attributes=dict(CATEGORIES),
    )
    if creative.template_id != template.pk:
        creative.template = template
        creative.save(update_fields=["template"])


def _ensure_deal(ssp: Ssp, items: Iterable[LineItem]) -> None:
    is_new = not Deal.across_tenants.filter(ssp=ssp, deal_id=DEAL_ID).exists()
    deal = ensure(
        Deal,
        {"ssp": ssp, "deal_id": DEAL_ID},
        tenant=ssp.tenant,
        name="Home and living, first look",
        price_cents=1_000,
    )
    if is_new:
        deal.line_items.set(items)


def _ensure_brand_safety(campaign: Campaign) -> None:
    key = {"tenant": campaign.tenant, "name": "Never beside"}
    listed = ensure(InventoryList, key, kind="category", entries=UNSAFE)
    if not Guardrails.across_tenants.filter(campaign=campaign).exists():
        rails = ensure(Guardrails, {"campaign": campaign}, tenant=campaign.tenant)
        rails.block_lists.set([listed])


def _banners() -> Iterable[Plan]:
    for width, height in SIZES:
        fields = {"width": width, "height": height, "html": banner(width, height)}
        yield Plan(f"Sofa {width}x{height}", CreativeKind.HTML, fields, {})


def _videos(addresses: Addresses) -> Iterable[Plan]:
    for seconds, types in ((6, ("mp4",)), (15, ("mp4", "webm")), (30, ("mp4",))):
        media = [
            {
                "url": addresses.secure_file(f"spot-{seconds}.{each}"),
                "mime": f"video/{each}",
                "width": 640,
                "height": 360,
            }
            for each in types
        ]
        attributes = {"media": media, "duration": seconds, "title": "Autumn sofas"}
        yield Plan(f"Sofa spot, {seconds} s", CreativeKind.VIDEO, {}, attributes)


def _audios(addresses: Addresses) -> Iterable[Plan]:
    for seconds in (15, 30):
        media = [{"url": addresses.secure_file(f"radio-{seconds}.mp3"), "mime": "audio/mpeg"}]
        attributes = {"media": media, "duration": seconds, "title": "Autumn sofas"}
        yield Plan(f"Sofa radio spot, {seconds} s", CreativeKind.AUDIO, {}, attributes)


def _natives(addresses: Addresses) -> Iterable[Plan]:
    picture = addresses.secure_file("sofa-linen-1200x627.jpg")
    icon = addresses.secure_file("brand-100.png")
    yield Plan(
        "Linen sofa, native",
        CreativeKind.NATIVE,
        {"image_url": picture, "width": 1200, "height": 627},
        {
            "title": "Your sofa in four weeks",
            "text": "See it in your own room first: made to order in linen or velvet.",
            "sponsored_by": "Maple & Loom",
            "call_to_action": "Try it",
            "icon": {"url": icon, "width": 100, "height": 100},
            "rating": "4.7",
            "price": "CAD 1,890",
        },
    )


def _follow_server(creative: Creative, addresses: Addresses) -> None:
    """Demo only: files and landing page live on this server, whose port may have changed."""
    moved = {name: addresses.moved(getattr(creative, name)) for name in NAMES}
    attributes = dict(creative.attributes)
    if "media" in attributes:
        files = attributes["media"]
        attributes["media"] = [{**each, "url": addresses.moved(each["url"])} for each in files]
    if "icon" in attributes:
        icon = attributes["icon"]
        attributes["icon"] = {**icon, "url": addresses.moved(icon["url"])}
    before = {name: getattr(creative, name) for name in (*NAMES, "attributes")}
    after = {**moved, "attributes": attributes}
    if after != before:
        Creative.across_tenants.filter(pk=creative.pk).update(**after)
