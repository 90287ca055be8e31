"""The verdicts agree with what the bidder does."""

from itertools import groupby

import pytest
from hypothesis import HealthCheck, given, settings

from adserving import refresh
from rtb.bid import bid
from rtb.explain import explain
from rtb.reasons import ELIGIBLE, NoBid
from tests.factories import DealFactory, GuardrailsFactory, InventoryListFactory
from tests.rtb import requests
from tests.rtb.calls import call_of
from tests.rtb.world import add_line_item, build_world

NOT_A_RULE = {ELIGIBLE, NoBid.OUTBID_BY_OURSELVES}
GERMAN = {"dimension": "country", "op": "in", "values": ["DE"]}
FAR = {"dimension": "country", "op": "in", "values": ["DE", "US", "IN"]}
EITHER = {"any": [GERMAN, {"dimension": "os", "op": "in", "values": ["windows"]}]}


def passes(verdicts) -> bool:
    """For one of its creatives and one impression all rules, and the price of one sale."""
    general = [each for each in verdicts if not each.imp_id]
    sold = [each for each in verdicts if each.imp_id]
    by_imp = groupby(sold, key=lambda each: (each.creative_id, each.imp_id))
    return any(
        all(each.passed for each in general if each.creative_id in {0, creative_id})
        and passes_slot(list(found))
        for (creative_id, _), found in by_imp
    )


def passes_slot(verdicts) -> bool:
    prices = {NoBid.FLOOR, NoBid.REQUEST_POLICY}
    priced = [each.passed for each in verdicts if each.rule in prices]
    return any(priced) and all(each.passed for each in verdicts if each.rule not in prices)


def bidding_items(call) -> set[int]:
    """Line items of which an ad came through, whether it won among ours or not."""
    if not call.currency:
        return set()
    outcome = bid(call)
    if not outcome.offers:
        return set()
    lost = 0
    for why, ads in outcome.losses:
        lost |= ads if why not in NOT_A_RULE else 0
    left = call.trading.ads & ~lost
    return {ad.line_item.id for n, ad in enumerate(call.trading.book.ads) if left >> n & 1}


@pytest.fixture
def choosy(db, clean_redis, event_store):
    """Few line items of each kind, each with a rule that the others lack."""
    world = build_world()
    script = add_line_item(world, "html", name="script", html="<p>A</p>", adomain="a.co.uk")
    german = add_line_item(world, "image", name="german", attributes={"language": "de"})
    far = add_line_item(world, "video", name="far", attributes=world.creatives["video"].attributes)
    german.targeting_json, far.targeting_json = EITHER, FAR
    german.save()
    far.save()
    DealFactory(ssp=world.ssp, deal_id="deal-1", line_items=[script, world.line_items["native"]])
    script.bid_strategy.open_auction = False
    script.bid_strategy.save()
    sites = InventoryListFactory(tenant=world.tenant)
    GuardrailsFactory(line_item=world.line_items["audio"], block_lists=[sites], positions=[])
    GuardrailsFactory(line_item=german, personal_data="no_bid", positions=[0, 1, 2])
    world.reload()
    return world


def test_a_line_item_bids_when_every_rule_passes_and_only_then(choosy):
    seen = set()

    @settings(
        max_examples=150,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(request=requests.bid_requests())
    def agree(request):
        request["imp"] = request["imp"][:1]
        call = call_of(choosy, request)
        bidding = bidding_items(call)
        for name, item in choosy.line_items.items():
            verdicts = explain(call, item.pk, {})
            assert passes(verdicts) == (item.pk in bidding), (name, verdicts)
            seen.add((name, item.pk in bidding))

    agree()
    assert seen == {(name, does) for name in choosy.line_items for does in (True, False)}


def test_what_configuration_alone_forbids_is_said_first(bidding):
    bidding.ssp.is_active = False
    bidding.ssp.save()
    bidding.creatives["image"].adomain = ""
    bidding.creatives["image"].save()
    bidding.reload()
    call = call_of(bidding, requests.banner_request(cur=["XYZ"]))
    failed = [each for each in explain(call, bidding.line_items["image"].pk, {}) if not each.passed]
    assert [each.rule for each in failed] == [NoBid.SSP_PAUSED, NoBid.CURRENCY, NoBid.FORMAT]
    assert failed[-1].detail == "the creative names no advertiser domain"


def test_pacing_and_budgets_say_how_things_stand(bidding):
    item = bidding.line_items["image"]
    item.daily_budget_cents = 10_000
    item.save()
    bidding.reload()
    refresh.reload_spend()
    call = call_of(bidding, requests.banner_request())
    said = {each.rule: each for each in explain(call, item.pk, {item.pk: 0.25})}
    assert said[NoBid.PACED].detail == "takes part in 25.0% of what it may bid on"
    assert said[NoBid.LINE_ITEM_DAILY_BUDGET].detail == "0.00 of 100.00 USD used"
