"""A budget that is used up does not keep others from bidding, and is tried again."""

from datetime import UTC, datetime

import pytest

from adplatform.money import Micros
from adserving import refresh
from adserving.ledger import Answer, Slot, Want
from adserving.spend import Spend
from rtb.reasons import NoBid
from rtb.spent import AMPLE, Spent
from tests.rtb import requests
from tests.rtb.world import add_line_item

SLOT = Slot("hold", 60_000, (Want(Micros(500), (), ()),))
AMPLE_ANSWER = Answer(0, (), None)


def test_only_budgets_are_remembered(bidding):
    book = bidding.desk.trading(bidding.tenant.pk).book
    spent = Spent()
    spent.note(NoBid.FREQUENCY_CAP, book.ads[0])
    assert spent.tick(book) == []


@pytest.mark.parametrize(
    ("left", "is_ample"), [(None, True), (AMPLE * 500, True), (AMPLE * 500 - 1, False), (0, False)]
)
def test_a_budget_that_pays_for_thousands_of_bids_is_ample_until_the_next_tick(
    bidding, left, is_ample
):
    book = bidding.desk.trading(bidding.tenant.pk).book
    spent = Spent()
    spent.hear(book.ads[0], SLOT, Answer(0, (), left))
    assert spent.is_ample(book.ads[0]) is is_ample
    assert not spent.is_ample(book.ads[1])
    spent.tick(book)
    assert not spent.is_ample(book.ads[0])


@pytest.mark.parametrize(
    "answer", [None, Answer(None, (NoBid.LINE_ITEM_DAILY_BUDGET,), None), Answer(0, (), Micros(0))]
)
def test_it_is_ample_no_more_when_the_ledger_says_otherwise_or_nothing(bidding, answer):
    book = bidding.desk.trading(bidding.tenant.pk).book
    spent = Spent()
    spent.hear(book.ads[0], SLOT, AMPLE_ANSWER)
    assert spent.is_ample(book.ads[0])
    spent.hear(book.ads[0], SLOT, answer)
    assert not spent.is_ample(book.ads[0])
    assert bool(spent.tick(book)) is (answer is not None and answer.held is None)


def test_what_a_spent_budget_pays_for_is_left_out_for_two_ticks(bidding):
    book = bidding.desk.trading(bidding.tenant.pk).book
    spent = Spent()
    spent.note(NoBid.LINE_ITEM_DAILY_BUDGET, book.ads[1])
    spent.note(NoBid.CAMPAIGN_DAILY_BUDGET, book.ads[1])
    found = [(NoBid.LINE_ITEM_DAILY_BUDGET, 0b10), (NoBid.CAMPAIGN_DAILY_BUDGET, book.everyone)]
    assert spent.tick(book) == found
    assert spent.tick(book) == found
    assert spent.tick(book) == []


def test_many_spent_line_items_do_not_keep_a_cheaper_one_from_bidding(bidding, monkeypatch):
    monkeypatch.setattr(refresh, "_spend", Spend(read_at=datetime.now(UTC)))
    for number in range(6):
        item = add_line_item(bidding, "image", name=f"spent {number}")
        item.bid_cents, item.daily_budget_cents = 1_500_000, 1  # a cent, less than one impression
        item.save()
    bidding.reload()
    prices = []
    for _ in range(30):
        answer = bidding.ask(requests.banner_request())
        if answer.status == 200:
            prices.append(answer.json()["seatbid"][0]["bid"][0]["price"])
        bidding.desk.tick()
    assert 5.0 in prices
