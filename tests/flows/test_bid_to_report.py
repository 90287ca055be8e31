"""From a bid request to the report, over real HTTP: every id can be followed by its rtb_id."""

from collections import defaultdict

import pytest

from adplatform.clients import clickhouse
from adplatform.money import MICROS_PER_UNIT, impression_cost
from rtb.exchange.manners import Manners
from rtb.exchange.plan import Plan
from rtb.exchange.run import run
from rtb.exchange.traffic import Mix
from tests.factories import (
    ApiKeyFactory,
    BidStrategyFactory,
    CampaignFactory,
    CreativeFactory,
    LineItemFactory,
    SspFactory,
    TemplateFactory,
    TenantFactory,
)
from tests.live import fetch, processes, wait
from tests.rtb.requests import banner_request
from tests.rtb.world import ATTRIBUTES

pytestmark = pytest.mark.django_db(transaction=True)

MIX = Mix(test_share=0.0, currencies={"USD": 1.0}, tmax={5_000: 1.0})  # a busy machine is not late
MANNERS = Manners(twice=0.3, late=0, never=0, loss=1, render=0.9, min_to_win=1, ctr=0.2, pace=0.5)
ADOMAIN = "brand.example.com"


@pytest.fixture
def platform(event_store, clean_redis, tmp_path):
    with processes(tmp_path, bids=True) as running:
        yield running


@pytest.fixture
def tenant():
    """Bids with a template, an image, a video, a native ad and an audio spot."""
    made = TenantFactory(currency="USD")
    campaign = CampaignFactory(tenant=made)
    template = TemplateFactory(campaign=campaign, status="published")
    shown = {"kind": "template", "template": template, "image_url": "", "landing_url": ""}
    line_item(campaign, width=300, height=250, **shown)
    line_item(campaign, width=320, height=50, kind="image")
    for kind in ("video", "native", "audio"):
        attributes = ATTRIBUTES[kind]
        line_item(campaign, width=640, height=360, kind=kind, attributes=attributes)
    return made


def line_item(campaign, **creative):
    item = LineItemFactory(campaign=campaign, placement=None, bid_cents=1_200)
    CreativeFactory(line_item=item, adomain=ADOMAIN, **creative)
    BidStrategyFactory(line_item=item)


@pytest.fixture
def exchange(platform, tenant):
    """What the exchange saw and did."""
    ssp = SspFactory(tenant=tenant)
    url = f"{platform.url}/rtb/bid/{ssp.key}"
    asked = banner_request(tmax=5_000)
    wait(lambda: fetch(url, method="POST", body=asked).status == 200, "the bidder does not bid")
    plan = Plan(
        url, {"USD": 1.0}, 40.0, requests=150, seed=8, plain_http=True, mix=MIX, manners=MANNERS
    )
    played = run(plan, lambda _exchange: None)
    assert played.ledger.is_clean, (played.ledger.examples, played.ledger.problems)
    assert played.left_undone == 0
    return played


def test_every_bid_can_be_followed_to_the_report(platform, tenant, exchange):
    stories = {story.bid_id: story for story in exchange.ledger.stories}
    billed = {name: each for name, each in stories.items() if "billing" in each.notices}
    shown = sum(story.is_shown for story in stories.values())
    assert {story.kind for story in billed.values()} == {"banner", "video", "native", "audio"}
    assert len(billed) > 20
    platform.wait_for_report(
        ApiKeyFactory(tenant=tenant).text,
        {"impressions": shown, "cost_micros": sum(map(cost, billed.values()))},
        tenant_id=tenant.pk,
    )
    wait(lambda: kinds_of("rtb_bids", "rtb_id", tenant) >= told(stories), "records are missing")
    assert within(kinds_of("rtb_bids", "rtb_id", tenant), stories) == told(stories)
    assert within(kinds_of("ad_events_raw", "auction_id", tenant), stories) == happened(stories)


def cost(story):
    return impression_cost(round(story.outcome.price * MICROS_PER_UNIT))


def told(stories):
    """What rtb_bids must say of each bid."""
    found = {(name, "BID") for name in stories}
    kinds = {"win": "WIN", "billing": "BILLING", "loss": "LOSS"}
    return found | {(name, kinds[kind]) for name, each in stories.items() for kind in each.notices}


def happened(stories):
    """What the events must say of each bid, views aside."""
    found = {(name, "BILLING") for name, each in stories.items() if "billing" in each.notices}
    found |= {(name, "IMPRESSION") for name, each in stories.items() if each.is_shown}
    return found | {(name, "CLICK") for name, each in stories.items() if each.is_clicked}


def kinds_of(table, column, tenant):
    """Pairs of rtb_id and kind that are stored once; a repeat would be counted as another kind."""
    kind = "kind" if table == "rtb_bids" else "event_type"
    rows = clickhouse.query(
        f"SELECT {column}, toString({kind}), uniqExact(event_id) FROM {table}"
        f" WHERE tenant_id = %(tenant)s AND {column} != '' GROUP BY 1, 2",
        {"tenant": tenant.pk},
    )
    counted = defaultdict(int)
    for rtb_id, name, count in rows:
        if name != "VIEW":
            counted[rtb_id, name] = count
    return {
        (rtb_id, name if count == 1 else f"{name} x {count}")
        for (rtb_id, name), count in counted.items()
    }


def within(found, stories):
    """Without the bids that were asked for before the exchange began."""
    return {(rtb_id, kind) for rtb_id, kind in found if rtb_id in stories}
