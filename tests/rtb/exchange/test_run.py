"""A whole simulation against a bidder over HTTP."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from rtb.exchange.manners import Manners
from rtb.exchange.plan import Plan
from rtb.exchange.run import Exchange, run
from rtb.exchange.traffic import Mix

RATES = {"USD": 1.0, "EUR": 0.9}
PATIENT = Mix(test_share=0.0, tmax={5_000: 1.0})  # a loaded machine is not late
PLAIN = Manners(twice=0, late=0, never=0, loss=1, render=1, view=1, ctr=0, min_to_win=1, pace=0.1)


def plan(bidder, **fields):
    given = {"rate": 1000.0, "requests": 60, "seed": 5, "plain_http": True, "mix": PATIENT}
    return Plan(bid_url=bidder.bid_url, rates=RATES, manners=PLAIN, **{**given, **fields})


def play(bidder, **fields):
    return run(plan(bidder, **fields), lambda _exchange: None)


def bids_of(targets):
    return sorted(parse_qs(urlsplit(each).query)["b"][0] for each in targets)


def won(exchange):
    return sorted(story.bid_id for story in exchange.ledger.stories if story.outcome.won)


def test_wins_are_told_shown_and_billed_and_losses_are_told(bidder):
    exchange = play(bidder)
    stories = list(exchange.ledger.stories)
    assert exchange.ledger.is_clean, exchange.ledger
    assert len(bidder.requests) == exchange.ledger.requests == 60
    assert len(won(exchange)) > 10
    assert bids_of(bidder.asked_for("/win")) == won(exchange)
    assert bids_of(bidder.asked_for("/bill")) == won(exchange)
    lost = sorted(story.bid_id for story in stories if not story.outcome.won)
    assert bids_of(bidder.asked_for("/loss")) == lost
    assert len(bidder.asked_for("/pixel")) == len(won(exchange))
    assert exchange.left_undone == 0


def test_macros_are_replaced_by_the_auctions_values(bidder):
    exchange = play(bidder)
    assert not any("${" in target for _method, target in bidder.calls)
    paid = {story.bid_id: story.outcome for story in exchange.ledger.stories}
    for target in bidder.asked_for("/win"):
        query = parse_qs(urlsplit(target).query)
        assert float(query["p"][0]) == pytest.approx(paid[query["b"][0]].price, abs=1e-6)


def test_the_ledger_spends_what_was_billed(bidder):
    exchange = play(bidder, mix=replace(PATIENT, currencies={"EUR": 1.0}))
    billed = sum(
        float(parse_qs(urlsplit(target).query)["p"][0]) for target in bidder.asked_for("/bill")
    )
    assert exchange.ledger.total.spend == pytest.approx(billed / 1000 / 0.9)


def test_the_same_seed_has_the_same_outcome(bidder):
    first, second = won(play(bidder)), won(play(bidder))
    assert first == second
    assert won(play(bidder, seed=6)) != first


def test_frames_are_opened_and_their_beacons_sent(bidder):
    bidder.frames = True
    exchange = play(bidder, requests=30)
    count = len(won(exchange))
    assert exchange.ledger.is_clean, exchange.ledger
    for path in ("/page", "/decision", "/impression", "/viewable"):
        assert len(bidder.asked_for(path)) == count


def play_as(bidder, manners, **fields):
    return run(replace(plan(bidder, **fields), manners=manners), lambda _exchange: None)


def test_clicks_follow_the_redirect_and_no_further(bidder):
    exchange = play_as(bidder, replace(PLAIN, ctr=1.0), requests=20)
    assert len(bidder.asked_for("/click")) == len(won(exchange)) == exchange.ledger.total.clicks


def test_notices_come_twice_or_never(bidder):
    exchange = play_as(bidder, replace(PLAIN, twice=1.0), requests=20)
    assert len(bidder.asked_for("/bill")) == 2 * len(won(exchange))
    bidder.calls.clear()
    never = play_as(bidder, replace(PLAIN, never=1.0), requests=20)
    assert bidder.asked_for("/win") == bidder.asked_for("/bill") == []
    assert never.ledger.total.spend == 0.0


def test_late_notices_come_after_the_hold(bidder):
    exchange = play_as(bidder, replace(PLAIN, late=1.0, late_after=1.5), requests=10)
    assert len(bidder.asked_for("/bill")) == exchange.ledger.notices["billing late"] > 0


def test_what_is_not_due_before_the_end_is_left_undone(bidder):
    exchange = play_as(bidder, replace(PLAIN, late=1.0), requests=10, drain_seconds=2.0)
    assert bidder.asked_for("/bill") == []
    assert exchange.left_undone == len(won(exchange)) > 0


def test_audits_replace_every_macro_by_audit(bidder):
    bidder.spoil = _with_macro
    play_as(bidder, replace(PLAIN, audit=1.0, render=0.0), requests=10)
    assert bidder.asked_for("/pixel")
    assert all(target.endswith("p=AUDIT") for target in bidder.asked_for("/pixel"))


def _with_macro(told):
    for bid in told["seatbid"][0]["bid"]:
        bid["adm"] = bid["adm"].replace("/pixel", "/pixel?p=${AUCTION_PRICE}")
    return told


def test_without_rendering_markup_is_not_loaded(bidder):
    exchange = play(bidder, renders=False)
    assert bidder.asked_for("/pixel") == []
    assert len(bidder.asked_for("/bill")) == len(won(exchange))


def test_an_invalid_bid_is_counted_and_takes_no_part(bidder):
    bidder.spoil = _without_creative
    exchange = play(bidder, requests=20)
    assert set(exchange.ledger.violations) == {"crid"}
    assert re.search(r"crid is empty \[request [0-9a-f]{32}\]", exchange.ledger.examples["crid"])
    assert not exchange.ledger.stories
    assert bidder.calls == []


def _without_creative(told):
    for bid in told["seatbid"][0]["bid"]:
        bid["crid"] = ""
    return told


def test_another_status_is_a_fault(bidder):
    bidder.status = 500
    assert set(play(bidder, requests=20).ledger.violations) == {"status"}


def test_a_bidder_that_is_away_is_a_problem(bidder):
    away = Plan(bid_url="http://127.0.0.1:9/bid", rates=RATES, requests=3, rate=1000.0)
    exchange = run(away, lambda _exchange: None)
    assert sum(exchange.ledger.problems.values()) == 3
    assert not exchange.ledger.is_clean


def test_connections_stay_open(bidder):
    play(bidder, renders=False, requests=100, threads=2)
    assert len(bidder.connections) <= 2 + 2 + 1  # callers, errands


def test_notices_name_the_visitors_device(bidder):
    play(bidder, renders=False, requests=20)
    assert bidder.headers
    assert all(each["X-Device-User-Agent"] and each["X-Device-IP"] for each in bidder.headers)
    assert {method for method, _target in bidder.calls} == {"GET", "POST"}


def test_it_runs_until_it_is_stopped(bidder):
    exchange = Exchange(plan(bidder, requests=None, rate=200.0))
    exchange.start()
    while exchange.ledger.requests < 5:
        assert not exchange.is_over
    exchange.stop()
    seen = exchange.ledger.requests
    assert seen == len(bidder.requests)


def test_it_is_looked_at_while_it_runs(bidder):
    seen = []
    given = plan(bidder, requests=None, duration=0.5)
    run(given, lambda exchange: seen.append(exchange.ledger.requests), every=0.1)
    assert len(seen) > 1
