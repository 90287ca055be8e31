"""Turning one setting of the advertiser against a request makes a bid a no-bid, and is counted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adplatform.clients import redis
from rtb.models import BidStrategy
from rtb.reasons import NoBid
from tests.factories import (
    DealFactory,
    GuardrailsFactory,
    InventoryListFactory,
    SspFactory,
)
from tests.rtb import requests, validator
from tests.rtb.acceptance.asked import assert_flips
from tests.rtb.world import BidWorld

Arrange = Callable[[BidWorld], Any]
INCOMPLETE = {"complete": 0, "nodes": [{"asi": "exchange.example", "sid": "pub-1"}]}
LONG = {"complete": 1, "nodes": [{"asi": f"{n}.example", "sid": "1"} for n in range(3)]}
LIMITED = {"device": {"lmt": 1}}


def saves(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def creative(name="image", **values: Any) -> Arrange:
    return lambda world: saves(world.creatives[name], **values)


def attributes(name="image", **values: Any) -> Arrange:
    def arrange(world):
        row = world.creatives[name]
        saves(row, attributes=row.attributes | values)

    return arrange


def ssp(**values: Any) -> Arrange:
    return lambda world: saves(world.ssp, **values)


def campaign(**values: Any) -> Arrange:
    return lambda world: saves(world.campaign, **values)


def line_item(**values: Any) -> Arrange:
    return lambda world: saves(world.line_items["image"], **values)


def strategy(**values: Any) -> Arrange:
    return lambda world: saves(world.line_items["image"].bid_strategy, **values)


def rails(**values: Any) -> Arrange:
    return lambda world: GuardrailsFactory(line_item=world.line_items["image"], **values)


def listed(field: str, kind: str, *entries: str) -> Arrange:
    """Guardrails of the line item with one list."""

    def arrange(world):
        chosen = InventoryListFactory(tenant=world.tenant, kind=kind, entries=list(entries))
        GuardrailsFactory(line_item=world.line_items["image"], **{field: [chosen]})

    return arrange


def deal(*, ours: bool = True, open_auction: bool = True, **values: Any) -> Arrange:
    """The line item may buy the deal, and in the open auction or not."""

    def arrange(world):
        items = [world.line_items["image"]] if ours else []
        DealFactory(ssp=world.ssp, deal_id="deal-1", line_items=items, **values)
        saves(world.line_items["image"].bid_strategy, open_auction=open_auction)

    return arrange


def days(**ahead: float) -> datetime:
    return datetime.now(UTC) + timedelta(**ahead)


def other_exchange_only(world):
    world.line_items["image"].bid_strategy.ssps.set([SspFactory(tenant=world.tenant)])


def targeting(rule: dict[str, Any]) -> Arrange:
    return line_item(targeting_json=rule)


def forget(_world):
    redis.client().flushdb()


COUNTRY = {"dimension": "country", "op": "in", "values": ["DE"]}
HOURS_OR = {"any": [COUNTRY, {"dimension": "browser", "op": "in", "values": ["firefox"]}]}
DOMAIN = {"dimension": "key_value", "key": "domain", "op": "in", "values": ["other.example"]}

# What is against us, the kind of request, what the request has too, what is set, the reason.
AGAINST: list[tuple[str, str, dict[str, Any], Arrange, NoBid]] = [
    ("a link that is http", "banner", {}, creative(image_url="http://cdn.example.com/a.jpg"),
     NoBid.NOT_SECURE),
    ("html that is http", "banner", {},
     creative(kind="html", image_url="", html='<img src="HTTP://a.example/b.png">'),
     NoBid.NOT_SECURE),
    ("a film that is http", "video", {},
     attributes("video", media=[{"url": "http://a.example/f.mp4", "mime": "video/mp4"}]),
     NoBid.NOT_SECURE),
    ("a framework that is needed", "banner", {"banner": {"api": [5, 6]}}, attributes(api=[7]),
     NoBid.API_MISSING),
    ("a framework, none offered", "banner", {"banner": {"api": None}}, attributes(api=[5]),
     NoBid.API_MISSING),
    ("a framework of a film", "video", {"video": {"api": [7]}}, attributes("video", api=[2]),
     NoBid.API_MISSING),
    ("the advertised app", "banner", {"bapp": ["com.brand.app"]},
     attributes(bundle="com.brand.app"), NoBid.APP_BLOCKED),
    ("a skip button beside the player's", "video", {"video": {"skip": 1}},
     attributes("video", skip_after=5), NoBid.SKIPPABILITY),
    ("a skip button as an attribute", "video", {"video": {"battr": [16]}},
     attributes("video", skip_after=5), NoBid.ATTRIBUTE_BLOCKED),
    ("a title that is missing", "native", {}, attributes("native", title=""),
     NoBid.NATIVE_ASSETS),
    ("script", "banner", {"banner": {"btype": [3]}},
     creative(kind="html", image_url="", html="<script></script>"), NoBid.AD_TYPE_BLOCKED),
    ("another seat", "banner", {"wseat": ["other"]}, ssp(seat="ours"), NoBid.SEAT_BLOCKED),
    ("our seat", "banner", {"bseat": ["ours"]}, ssp(seat="ours"), NoBid.SEAT_BLOCKED),
    ("our seat in both lists", "banner", {"wseat": ["ours"], "bseat": ["ours"]},
     ssp(seat="ours"), NoBid.SEAT_BLOCKED),
    ("an incomplete chain", "banner", {"source": {"ext": {"schain": INCOMPLETE}}},
     ssp(complete_chain=True), NoBid.SUPPLY_CHAIN_INCOMPLETE),
    ("no chain", "banner", {"source": None}, ssp(complete_chain=True),
     NoBid.SUPPLY_CHAIN_INCOMPLETE),
    ("a system of the chain", "banner", {}, ssp(blocked_sellers=["exchange.example"]),
     NoBid.SUPPLY_CHAIN_BLOCKED),
    ("a seller of the chain", "banner", {}, ssp(blocked_sellers=["exchange.example/pub-1"]),
     NoBid.SUPPLY_CHAIN_BLOCKED),
    ("an incomplete chain, of one line item", "banner",
     {"source": {"ext": {"schain": INCOMPLETE}}}, rails(complete_chain=True), NoBid.SUPPLY_CHAIN),
    ("a long chain", "banner", {"source": {"schain": LONG}}, rails(max_hops=2),
     NoBid.SUPPLY_CHAIN),
    ("a paused exchange", "banner", {}, ssp(is_active=False), NoBid.SSP_PAUSED),
    ("another exchange", "banner", {}, other_exchange_only, NoBid.SSP_NOT_CHOSEN),
    ("the site", "banner", {}, listed("block_lists", "domain", "news.example"),
     NoBid.INVENTORY_BLOCKED),
    ("the site's parent", "banner", {"site": {"domain": "www.sport.news.example"}},
     listed("block_lists", "domain", "news.example"), NoBid.INVENTORY_BLOCKED),
    ("the publisher", "banner", {}, listed("block_lists", "publisher", "pub-1"),
     NoBid.INVENTORY_BLOCKED),
    ("the app", "app", {}, listed("block_lists", "bundle", "com.example.weather"),
     NoBid.INVENTORY_BLOCKED),
    ("a site that is not listed", "banner", {}, listed("allow_lists", "domain", "a.news.example"),
     NoBid.INVENTORY_NOT_LISTED),
    ("an app where sites are listed", "app", {}, listed("allow_lists", "domain", "news.example"),
     NoBid.INVENTORY_NOT_LISTED),
    ("a publisher that is not listed", "banner", {}, listed("allow_lists", "publisher", "pub-9"),
     NoBid.INVENTORY_NOT_LISTED),
    ("an empty list", "banner", {}, listed("allow_lists", "domain"),
     NoBid.INVENTORY_NOT_LISTED),
    ("the page's category", "banner", {"site": {"pagecat": ["iab17-2"]}},
     listed("block_lists", "category", "IAB17-2"), NoBid.BRAND_SAFETY),
    ("its parent category", "banner", {"site": {"cat": ["IAB17-2"]}},
     listed("block_lists", "category", "IAB17"), NoBid.BRAND_SAFETY),
    ("a word", "banner", {"site": {"content": {"title": "A Crash!"}}},
     listed("block_lists", "keyword", "crash"), NoBid.BRAND_SAFETY),
    ("a word of the address", "banner", {}, listed("block_lists", "keyword", "sport"),
     NoBid.BRAND_SAFETY),
    ("a word among others", "banner", {"site": {"kwarray": ["car crash"]}},
     listed("block_lists", "keyword", "crash"), NoBid.BRAND_SAFETY),
    ("a word in other letters", "banner", {"site": {"content": {"title": "STRASSE"}}},
     listed("block_lists", "keyword", "straße".casefold()), NoBid.BRAND_SAFETY),
    ("a word of an app", "app", {"app": {"keywords": "rain,crash"}},
     listed("block_lists", "keyword", "crash"), NoBid.BRAND_SAFETY),
    ("a position", "banner", {"banner": {"pos": 3}}, rails(positions=[1, 4]), NoBid.POSITION),
    ("an unknown position", "banner", {"banner": {"pos": None}}, rails(positions=[1]),
     NoBid.POSITION),
    ("a reward", "banner", {"rwdd": 1}, rails(allow_rewarded=False), NoBid.INVENTORY_BLOCKED),
    ("a limit of tracking", "banner", LIMITED, rails(personal_data="no_bid"), NoBid.PRIVACY),
    ("a child", "banner", {"regs": {"coppa": 1}}, rails(personal_data="no_bid"), NoBid.PRIVACY),
    ("Europe without consent", "banner", {"regs": {"gdpr": 1}}, rails(personal_data="no_bid"),
     NoBid.PRIVACY),
    ("Europe, in the older place", "banner", {"regs": {"ext": {"gdpr": 1}}},
     rails(personal_data="no_bid"), NoBid.PRIVACY),
    ("the campaign's guardrails", "banner", {"rwdd": 1},
     lambda world: GuardrailsFactory(
         campaign=world.campaign, line_item=None, allow_rewarded=False), NoBid.INVENTORY_BLOCKED),
    ("deals only", "banner", {}, deal(open_auction=False), NoBid.DEAL_ONLY),
    ("deals only, of others", "deal", {"deal": {"id": "deal-9"}}, deal(open_auction=False),
     NoBid.DEAL_ONLY),
    ("a private deal of others", "deal", {"private": 1}, deal(ours=False), NoBid.DEAL_NOT_OURS),
    ("a private deal that is paused", "deal", {"private": 1}, deal(is_active=False),
     NoBid.DEAL_NOT_OURS),
    ("a deal of other seats", "deal", {"private": 1, "deal": {"wseat": ["other"]}}, deal(),
     NoBid.DEAL_NOT_OURS),
    ("a deal of other advertisers", "deal", {"private": 1, "deal": {"wadomain": ["a.example"]}},
     deal(), NoBid.DEAL_NOT_OURS),
    ("a dear deal", "deal", {"private": 1, "deal": {"bidfloor": 5.01}}, deal(), NoBid.FLOOR),
    ("an agreed price that is dear", "deal", {"private": 1, "deal": {"bidfloor": 6, "at": 3}},
     deal(), NoBid.FLOOR),
    ("a deal that was agreed dearer", "deal", {"private": 1, "deal": {"bidfloor": 1, "at": 3}},
     deal(price_cents=501), NoBid.FLOOR),
    ("the most that we bid", "banner", {"bidfloor": 2}, strategy(max_bid_cents=199), NoBid.FLOOR),
    ("a country", "banner", {}, targeting(COUNTRY), NoBid.TARGETING),
    ("a rule of alternatives", "banner", {}, targeting(HOURS_OR), NoBid.TARGETING),
    ("a key-value", "banner", {}, targeting(DOMAIN), NoBid.TARGETING),
    ("a paused campaign", "banner", {}, campaign(status="paused"), NoBid.CAMPAIGN_NOT_ACTIVE),
    ("a campaign to come", "banner", {}, campaign(start_at=days(days=1)), NoBid.NOT_IN_FLIGHT),
    ("a campaign that is over", "banner", {},
     campaign(start_at=days(days=-2), end_at=days(days=-1)), NoBid.NOT_IN_FLIGHT),
    ("a ledger that is rebuilt", "banner", {}, forget,
     NoBid.LEDGER_NOT_READY),
    ("spend that is not known", "banner", {}, campaign(daily_budget_cents=10_000),
     NoBid.SPEND_UNKNOWN),
]  # fmt: skip
INDIFFERENT: list[tuple[str, str, dict[str, Any], Arrange]] = [
    ("http where that is allowed", "banner", {"secure": 0},
     creative(image_url="http://cdn.example.com/a.jpg")),
    ("a landing page that is http", "banner", {}, creative(landing_url="http://shop.example.com/")),
    ("a framework that is offered", "banner", {"banner": {"api": [5]}}, attributes(api=[5])),
    ("another app", "banner", {"bapp": ["com.brand"]}, attributes(bundle="com.brand.app")),
    ("a skip button of our own", "video", {"video": {"skip": 0}},
     attributes("video", skip_after=5)),
    ("a text that is missing", "native", {}, attributes("native", text="")),
    ("our seat", "banner", {"wseat": ["other", "ours"], "bseat": ["x"]}, ssp(seat="ours")),
    ("a complete chain", "banner", {}, ssp(complete_chain=True)),
    ("another seller", "banner", {}, ssp(blocked_sellers=["exchange.example/pub"])),
    ("a short chain", "banner", {}, rails(complete_chain=True, max_hops=1)),
    ("a domain that ends alike", "banner", {}, listed("block_lists", "domain", "ews.example")),
    ("a listed parent", "banner", {"site": {"domain": "a.b.news.example"}},
     listed("allow_lists", "domain", "news.example")),
    ("a listed app", "app", {}, listed("allow_lists", "bundle", "com.example.weather")),
    ("a listed publisher", "app", {}, listed("allow_lists", "publisher", "pub-2")),
    ("a category that begins alike", "banner", {}, listed("block_lists", "category", "IAB1")),
    ("a part of a word", "banner", {}, listed("block_lists", "keyword", "spor")),
    ("a position that we want", "banner", {"banner": {"pos": 4}}, rails(positions=[1, 4])),
    ("a reward", "banner", {"rwdd": 1}, rails()),
    ("no limit of tracking", "banner", {}, rails(personal_data="no_bid")),
    ("a country", "app", {}, targeting(COUNTRY)),
    ("an alternative", "app", {}, targeting(HOURS_OR)),
    ("another currency of the exchange", "banner", {"cur": ["USD", "EUR"]}, ssp(currency="EUR")),
    ("a deal beside the open auction", "deal", {"deal": {"bidfloor": 9}}, deal()),
    ("a deal in our seat", "deal", {"private": 1, "deal": {"wseat": ["x", ""]}}, deal()),
    ("a deal of our advertiser", "deal",
     {"private": 1, "deal": {"wadomain": ["Brand.example.com"]}}, deal()),
    ("a deal, whatever the open auction's floor", "deal", {"private": 1, "bidfloor": 90}, deal()),
    ("a deal, whatever its currency", "deal", {"private": 1, "bidfloorcur": "XYZ"}, deal()),
    ("a deal for who buys deals only", "deal", {}, deal(open_auction=False)),
]  # fmt: skip


def named(table):
    return [pytest.param(*row[1:], id=f"{row[1]}: {row[0]}") for row in table]


NAMES = {"banner": "image", "app": "image", "deal": "image"}


def build(kind, has):
    return requests.BUILDERS[kind](**has)


@pytest.mark.parametrize(("kind", "has", "arrange", "reason"), named(AGAINST))
def test_one_setting_against_us_is_no_bid(bidding, kind, has, arrange, reason):
    assert bidding.ask(requests.BUILDERS[kind if kind != "deal" else "banner"]()).status == 200
    item = bidding.line_items[NAMES.get(kind, kind)]
    BidStrategy.across_tenants.exclude(line_item=item).update(is_active=False)
    arrange(bidding)
    bidding.reload()
    assert_flips(bidding, item.name, bidding.ask(build(kind, has)), reason)


@pytest.mark.parametrize(("kind", "has", "arrange"), named(INDIFFERENT))
def test_a_setting_that_the_request_meets_leaves_the_bid(bidding, kind, has, arrange):
    arrange(bidding)
    bidding.reload()
    request = build(kind, has)
    answer = bidding.ask(request)
    assert answer.status == 200
    assert validator.problems(request, answer.json(), {"USD": 1, "EUR": 0.92}) == []
