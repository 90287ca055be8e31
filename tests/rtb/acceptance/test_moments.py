"""What the moment decides: money, people, time, and engines that are away."""

import json
from typing import Any

import pytest

from adplatform import metrics
from adserving import refresh
from rtb.reasons import NoBid
from tests.adserving.ledger.books import all_held
from tests.factories import DealFactory, FrequencyCapFactory
from tests.rtb import requests, validator
from tests.rtb.acceptance.asked import NOBODY, assert_flips, counted, outcomes, redis_at
from tests.rtb.acceptance.rich import bids_of
from tests.rtb.world import BidWorld, add_line_item, build_world

TWO = 1  # cents: what two impressions at 5.00 CPM cost
BUDGETS = {
    NoBid.CAMPAIGN_DAILY_BUDGET: ("campaign", {"daily_budget_cents": TWO}),
    NoBid.CAMPAIGN_TOTAL_BUDGET: ("campaign", {"total_budget_cents": TWO}),
    NoBid.LINE_ITEM_DAILY_BUDGET: ("image", {"daily_budget_cents": TWO}),
    NoBid.LINE_ITEM_TOTAL_BUDGET: ("image", {"total_budget_cents": TWO}),
    NoBid.ACCOUNT_BALANCE: ("tenant", {"prepaid_cents": TWO}),
}
STYLES = {
    "204": (204, b""),
    "empty": (200, {}),
    "seatbid": (200, {"id": "auction-1", "seatbid": []}),
    "nbr": (200, {"id": "auction-1", "seatbid": [], "nbr": 9}),
}


def change(world: BidWorld, owner: str, values) -> None:
    row = {"campaign": world.campaign, "tenant": world.tenant}.get(owner)
    row = row or world.line_items[owner]
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    world.reload()
    refresh.reload_spend()


def ask_as(world: BidWorld, person: str, **changes):
    user = {"id": person, "buyeruid": person}
    return world.ask(requests.banner_request(user=user, **changes))


def forget(world: BidWorld) -> None:
    """Reasons counted so far, so that those of the next request stand alone."""
    trading = world.desk.trading(world.tenant.pk)
    assert trading is not None
    trading.tally.take()


@pytest.mark.parametrize("reason", BUDGETS)
def test_a_budget_that_is_used_up_is_no_bid(bidding, reason):
    change(bidding, *BUDGETS[reason])
    answers = [ask_as(bidding, str(n)).status for n in range(2)]
    forget(bidding)
    assert answers == [200, 200]
    assert_flips(bidding, "image", ask_as(bidding, "3"), reason)


@pytest.mark.parametrize("owner", ["campaign", "line_item"])
def test_a_person_who_saw_it_often_enough_is_no_bid(bidding, owner):
    of = bidding.campaign if owner == "campaign" else bidding.line_items["image"]
    FrequencyCapFactory(**{"campaign": None, owner: of}, impressions=1)
    bidding.reload()
    assert ask_as(bidding, "anna").status == 200
    forget(bidding)
    assert_flips(bidding, "image", ask_as(bidding, "anna"), NoBid.FREQUENCY_CAP)
    assert ask_as(bidding, "berta").status == 200


FORBID: dict[str, dict[str, Any]] = {
    "COPPA": {"regs": {"coppa": 1}},
    "GDPR": {"regs": {"gdpr": 1}},
    "GDPR of 2.5": {"regs": {"ext": {"gdpr": 1}}},
    "US privacy": {"regs": {"us_privacy": "1YYN"}},
    "LMT": {"device": {"lmt": 1}},
    "DNT": {"device": {"dnt": 1}},
    "GPC": {"regs": {"ext": {"gpc": "1"}}},
}


@pytest.mark.parametrize("signal", FORBID)
def test_without_personal_data_a_bid_knows_nobody(bidding, signal):
    FrequencyCapFactory(campaign=bidding.campaign, impressions=1)
    bidding.reload()
    for _ in range(2):  # no counter is asked or raised
        (bid,) = bids_of(ask_as(bidding, "anna", **FORBID[signal]))
        assert "anna" not in json.dumps(bid)
    assert ask_as(bidding, "anna").status == 200
    forget(bidding)
    assert_flips(bidding, "image", ask_as(bidding, "anna"), NoBid.FREQUENCY_CAP)


def test_a_test_holds_nothing(bidding):
    change(bidding, "campaign", {"daily_budget_cents": TWO})
    FrequencyCapFactory(campaign=bidding.campaign, impressions=1)
    bidding.reload()
    for _ in range(4):
        assert ask_as(bidding, "anna", test=1).status == 200
    assert all_held(bidding.tenant.pk) == {}
    assert ask_as(bidding, "anna").status == 200
    assert all_held(bidding.tenant.pk) != {}


def test_more_requests_than_agreed_are_no_bids(bidding):
    bidding.ssp.qps_limit = 1
    bidding.ssp.save()
    bidding.reload()
    assert ask_as(bidding, "anna").status == 200
    forget(bidding)
    assert_flips(bidding, "image", ask_as(bidding, "anna"), NoBid.OVER_QPS)


@pytest.mark.parametrize("style", STYLES)
def test_no_bid_is_said_as_the_exchange_wants_it(bidding, style):
    bidding.ssp.no_bid_style = style
    bidding.ssp.save()
    FrequencyCapFactory(campaign=bidding.campaign, impressions=1)
    bidding.reload()
    ask_as(bidding, "anna")
    answer = ask_as(bidding, "anna")
    status, said = STYLES[style]
    assert answer.status == status
    assert (answer.json() if answer.body else answer.body) == said


def test_without_redis_nobody_bids(open_to_all, settings):
    before = outcomes(NoBid.LEDGER_AWAY), metrics.UNCOUNTED.labels("bid")._value.get()
    with redis_at(settings, NOBODY):
        answer = ask_as(open_to_all, "anna")
        assert_flips(open_to_all, "image", answer, NoBid.LEDGER_AWAY)
    assert outcomes(NoBid.LEDGER_AWAY) == before[0] + 1
    assert metrics.UNCOUNTED.labels("bid")._value.get() == before[1] + 1
    assert ask_as(open_to_all, "anna").status == 200


@pytest.mark.parametrize(("tmax", "status"), [(20, 204), (21, 200), (None, 200), (0, 200)])
def test_time_is_what_is_left_after_the_way_there_and_back(open_to_all, tmax, status):
    assert ask_as(open_to_all, "anna", tmax=tmax).status == status


def test_an_answer_that_comes_too_late_is_none(db, clean_redis, event_store):
    seconds = iter(range(100))
    world = build_world(clock=lambda: float(next(seconds)))
    answer = ask_as(world, "anna")
    assert_flips(world, "image", answer, NoBid.TOO_LATE)


def test_a_deal_and_the_open_auction_get_a_bid_each(bidding):
    """The deal's line item bids although four others are worth more."""
    for n in range(9):
        item = add_line_item(bidding, "image", name=f"dear {n}")
        item.bid_cents = 900
        item.save()
    DealFactory(ssp=bidding.ssp, deal_id="deal-1", line_items=[bidding.line_items["image"]])
    bidding.reload()
    request = requests.deal_request()
    answer = bidding.ask(request)
    bids = {bid.get("dealid", ""): bid for bid in bids_of(answer)}
    assert validator.problems(request, answer.json()) == []
    assert set(bids) == {"deal-1", ""}
    assert bids["deal-1"]["price"] <= 5 < bids[""]["price"]
    assert counted(bidding, "dear 8")[0] == {""}
