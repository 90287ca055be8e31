"""The advertiser's outcome."""

import msgspec
import pytest

from rtb.exchange.ledger import Ledger, Story
from rtb.exchange.market import Loss, Outcome
from rtb.exchange.summary import Run, latency, summarise
from rtb.exchange.validate import Violation
from rtb.exchange.words import lines, live_line


def story(number, *, won=True, dollars=4.0, size=(300, 250), test=False):
    outcome = Outcome(won=won, price=2.0, loss=Loss.WON if won else Loss.HIGHER_BID, min_to_win=1.0)
    return Story(
        bid_id=str(number),
        auction_id="r",
        imp_id="1",
        kind="banner",
        size=size,
        currency="USD",
        price=dollars,
        dollars=dollars,
        deal_id="",
        is_test=test,
        outcome=outcome,
    )


@pytest.fixture
def ledger():
    made = Ledger()
    for number in range(10):
        made.offered("banner", (300, 250))
        made.answered(
            200 if number < 4 else 204, 10.0 + number, has_bids=number < 4, late=number == 9
        )
    for number in range(4):
        each = story(number, won=number < 2)
        made.bid(each, 2.0 if number < 2 else 0.0)
        if number < 2:
            made.noticed(each, "billing", label="billing", dollars_paid=2.0)
            made.noticed(each, "billing", label="billing again", dollars_paid=2.0)
            made.shown(each)
    made.clicked(each)
    return made


def told(ledger):
    return summarise(ledger, Run(seed=3, seconds=5.0, left_undone=1))


def test_it_says_what_was_bid_won_and_paid(ledger):
    total = told(ledger).total
    assert (total.offered, total.bids, total.wins, total.win_rate) == (10, 4, 2, 0.5)
    assert (total.bid_cpm, total.paid_cpm, total.discount) == (4.0, 2.0, 0.5)
    assert (total.shown, total.clicks, total.ctr) == (2, 1, 0.5)


def test_a_bill_that_comes_twice_is_spent_once(ledger):
    assert told(ledger).total.spend == pytest.approx(2 * 2.0 / 1000)


def test_a_test_spends_nothing():
    ledger, each = Ledger(), story(1, test=True)
    ledger.bid(each, 2.0)
    ledger.noticed(each, "billing", label="billing", dollars_paid=2.0)
    assert told(ledger).total.spend == 0.0


def test_shares_and_losses(ledger):
    summary = told(ledger)
    assert (summary.bid_rate, summary.no_bid_share, summary.late) == (0.4, 0.6, 1)
    assert summary.losses == {"higher_bid": 2}
    assert summary.statuses == {"200": 4, "204": 6}
    assert summary.is_clean


def test_violations_are_counted_with_an_example(ledger):
    for number in range(3):
        ledger.violated(Violation("crid", "bid.crid is empty"), f"request {number}")
    summary = told(ledger)
    assert (summary.invalid, summary.is_clean) == ({"crid": 3}, False)
    assert "INVALID 3 x crid: bid.crid is empty [request 0]" in list(lines(summary))
    assert "INVALID 3" in live_line(ledger, 5.0)


def test_problems_are_said(ledger):
    ledger.problem("win notice answered 500")
    assert "PROBLEM 1 x win notice answered 500" in list(lines(told(ledger)))
    assert not told(ledger).is_clean


def test_the_words_name_the_figures(ledger):
    text = "\n".join(lines(told(ledger)))
    for words in (
        "10 requests in 5 s (2/s), seed 3",
        "2 of 4 bids (50.0%)",
        "50.0% below",
        "300x250",
    ):
        assert words in text
    assert live_line(ledger, 5.0).startswith("exchange: 10 requests (2/s) · bids on 40%")


def test_nothing_at_all_can_be_summarised():
    summary = told(Ledger())
    assert summary.total.wins == 0
    assert list(lines(summary))
    assert live_line(Ledger(), 0.0)


def test_it_is_json(ledger):
    assert msgspec.json.decode(msgspec.json.encode(told(ledger)))["total"]["wins"] == 2


def test_percentiles():
    found = latency([float(n) for n in range(1, 101)])
    assert (found.p50, found.p95, found.p99) == (51.0, 96.0, 100.0)
