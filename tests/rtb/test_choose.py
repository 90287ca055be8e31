"""Which of the fitting ads bid: a few of the best, for each deal list and the open auction."""

import pytest

from adplatform.money import Micros
from adserving import ledger
from rtb.choose import CANDIDATES, LOOKS, contest
from rtb.read import read
from rtb.reasons import ELIGIBLE, NoBid
from rtb.rules.impression import Losses
from tests.factories import DealFactory, FrequencyCapFactory
from tests.rtb import requests
from tests.rtb.calls import call_of
from tests.rtb.world import add_line_item


def contested(world, request):
    """The contest for the first impression, the names of who bids in it, and the losses."""
    losses: Losses = []
    call = call_of(world, request)
    facts, imp, book = read(call), call.request.imp[0], call.trading.book
    fit = book.fitting(facts, imp, book.eligible(facts, call.trading.ads, losses), losses)
    found = contest(facts, imp, fit, call, losses)
    names = [
        [(each.ad.line_item.name, each.deal.id if each.deal else "") for each in bids]
        for bids in found.bids
    ]
    return found, names, losses


def add(world, name, *, cents=500, priority=8, deal=False, open_auction=True):
    item = add_line_item(world, "image", name=name)
    item.bid_cents, item.priority = cents, priority
    item.save()
    item.bid_strategy.open_auction = open_auction
    item.bid_strategy.save()
    if deal:
        deal.line_items.add(item)
    return item


@pytest.fixture
def deal(bidding):
    return DealFactory(ssp=bidding.ssp, deal_id="deal-1")


def test_a_deal_and_the_open_auction_are_two_bids(bidding, deal):
    add(bidding, "patron", cents=300, deal=deal)
    bidding.reload()
    _, names, _ = contested(bidding, requests.deal_request())
    assert names == [[("patron", "deal-1")], [("image", ""), ("patron", "")]]


def test_a_private_auction_is_one(bidding, deal):
    add(bidding, "patron", cents=300, deal=deal)
    bidding.reload()
    _, names, _ = contested(bidding, requests.deal_request(private=1))
    assert names == [[("patron", "deal-1")]]


def test_who_buys_deals_only_is_not_in_the_open_auction(bidding, deal):
    add(bidding, "patron", deal=deal, open_auction=False)
    bidding.reload()
    _, names, _ = contested(bidding, requests.deal_request())
    assert names == [[("patron", "deal-1")], [("image", "")]]


def test_the_dearest_of_the_first_priority_are_asked_for_money_first(bidding):
    for number in range(6):
        add(bidding, f"{number}", cents=600 + number)
    add(bidding, "first", cents=501, priority=1)
    bidding.reload()
    found, (names,), losses = contested(bidding, requests.banner_request())
    assert [name for name, _ in names] == ["first", "5", "4", "3", "2"][:CANDIDATES]
    assert found.willing.bit_count() == 8
    assert [why for why, _ in losses][-1] == ELIGIBLE


SLOT = ledger.Slot("hold", 60_000, (ledger.Want(Micros(500), (), ()),))


def rivals(world, *cents):
    for amount in cents:
        add(world, f"{amount}", cents=amount)
    world.reload()


def test_beside_an_ad_of_ample_budgets_no_other_is_asked_about(bidding):
    rivals(bidding, 600, 601, 602)
    request = requests.banner_request()
    bidding.ask(request)  # and the ledger says how much is left
    found, names, _ = contested(bidding, request)
    assert names == [[("602", "")]]
    assert found.willing.bit_count() == 4


def test_but_one_that_may_be_dearer_is(bidding):
    item = add(bidding, "dearer", cents=500)
    item.bid_strategy.multipliers = [{"dimension": "country", "value": "US", "factor": 3.0}]
    item.bid_strategy.save()
    rivals(bidding, 600, 601, 602)
    request = requests.banner_request(device={**requests.DESKTOP, "geo": {"country": "USA"}})
    bidding.ask(request)
    trading = bidding.desk.trading(bidding.tenant.pk)
    for ad in trading.book.ads:
        trading.spent.hear(ad, SLOT, ledger.Answer(0, (), None))
    _, names, _ = contested(bidding, request)
    assert names == [[("dearer", ""), ("602", "")]]


@pytest.mark.parametrize(("coppa", "asked"), [(0, CANDIDATES), (1, 1)])
def test_whose_views_are_capped_is_never_sure_of_a_person(bidding, coppa, asked):
    rivals(bidding, 600, 601, 602)
    FrequencyCapFactory(campaign=bidding.campaign, impressions=5)
    bidding.reload()
    request = requests.banner_request(user={"buyeruid": "anna"}, regs={"coppa": coppa})
    bidding.ask(request)
    _, names, _ = contested(bidding, request)
    assert [len(each) for each in names] == [asked]


def test_an_ad_that_no_look_reached_is_not_lost(bidding):
    rule = {
        "any": [
            {"dimension": "country", "op": "in", "values": ["DE"]},
            {"dimension": "browser", "op": "in", "values": ["firefox"]},
        ]
    }
    call = call_of(bidding, requests.banner_request())
    assert len(call.trading.book.ads) < LOOKS
    bidding.line_items["image"].targeting_json = rule
    bidding.line_items["image"].save()
    bidding.reload()
    found, names, losses = contested(bidding, requests.banner_request())
    assert (found.bids, names, found.willing) == ([], [], 0)
    assert losses[-1][0] == NoBid.TARGETING


def test_deals_do_not_multiply_the_candidates(bidding, deal):
    others = [DealFactory(ssp=bidding.ssp, deal_id=f"deal-{n}") for n in range(2, 9)]
    for number in range(5):
        item = add(bidding, f"{number}", deal=deal)
        for each in others:
            each.line_items.add(item)
    bidding.reload()
    deals = [{"id": f"deal-{n}", "bidfloor": 1} for n in range(1, 9)]
    found, _, _ = contested(bidding, requests.banner_request(pmp={"deals": deals}))
    assert [len(bids) for bids in found.bids] == [CANDIDATES, CANDIDATES]
