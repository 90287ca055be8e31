"""What others pay, and who wins."""

from random import Random
from statistics import mean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.exchange.market import (
    APP_SPIKES,
    WEB_SPIKES,
    Entry,
    Landscape,
    Loss,
    Rivals,
    Sale,
    Terms,
    floor_cents,
    landscape,
    run_auction,
)

prices = st.decimals("0.01", "50", places=2).map(float)
floors = st.decimals("0", "20", places=2).map(float)
rivals = st.builds(
    lambda best, share, deal: Rivals(best, best * share, deal),
    prices,
    st.floats(0, 1),
    st.booleans(),
)


def auction(bid, *, at=1, floor=0.0, rival=0.0, second=0.0, deal=False, private=False, terms=None):
    sale = Sale(at, floor, {"d": terms} if terms else {}, private)
    entry = Entry("b", bid, "d" if terms else "")
    return run_auction(sale, [entry], Rivals(rival, second, deal), Random(1))["b"]


# --- Prices


def drawn(prices, count=20_000):
    rng = Random(4)
    return [prices.highest(rng) for _ in range(count)]


def test_web_prices_have_the_published_shape():
    """iPinYou 1458: median 60, mean 69, 5 to 14 % of prices at each of four round ones."""
    found = drawn(Landscape(60.0, WEB_SPIKES))
    assert 53 < median(found) < 63
    assert 62 < mean(found) < 82
    assert found.count(70.0) / len(found) == pytest.approx(WEB_SPIKES[70.0], rel=0.1)
    assert sum(1 for each in found if each in (20, 50, 70, 80)) / len(found) > 0.34
    assert 0.02 < sum(1 for each in found if each > 200) / len(found) < 0.07


def test_app_prices_are_smoother_and_start_low():
    """iPinYou 2997: 18 % at three prices."""
    found = drawn(Landscape(60.0, APP_SPIKES))
    assert sum(1 for each in found if each in (5, 30, 140)) / len(found) == pytest.approx(
        0.18, rel=0.1
    )


def test_evenings_are_dearer_than_nights():
    night = landscape("banner", (300, 250), 3, is_app=False).median
    evening = landscape("banner", (300, 250), 19, is_app=False).median
    assert evening > 1.3 * night


def test_a_large_banner_costs_more_than_a_small_one_and_video_more_than_any():
    level = {s: landscape("banner", s, 12, is_app=False).median for s in ((320, 50), (300, 600))}
    assert level[320, 50] < level[300, 600] < landscape("video", (0, 0), 12, is_app=False).median


def test_floors_are_round_and_many_are_absent():
    rng, level = Random(2), landscape("banner", (300, 250), 12, is_app=False)
    found = [floor_cents(level, rng) for _ in range(4_000)]
    assert found.count(0.0) / len(found) == pytest.approx(0.25, abs=0.03)
    assert all(each % 5 == 0 for each in found)
    assert max(found) < 1.3 * level.median


# --- Auctions


def test_a_first_price_auction_charges_the_bid():
    won = auction(3.0, at=1, floor=1.0, rival=2.0)
    assert (won.won, won.price, won.min_to_win, won.loss) == (True, 3.0, 2.0, Loss.WON)


def test_a_second_price_auction_charges_the_next_bid_or_the_floor():
    assert auction(3.0, at=2, floor=1.0, rival=2.0).price == 2.0
    assert auction(3.0, at=2, floor=1.0, rival=0.5).price == 1.0


def test_a_higher_bid_wins_and_is_what_it_would_have_taken():
    lost = auction(2.0, rival=2.5)
    assert (lost.won, lost.price, lost.min_to_win, lost.loss) == (False, 0, 2.5, Loss.HIGHER_BID)


def test_a_bid_below_the_floor_does_not_take_part():
    assert auction(0.5, floor=1.0).loss is Loss.BELOW_FLOOR


def test_a_deal_beats_an_open_bid():
    assert auction(9.0, rival=2.0, deal=True).loss is Loss.DEAL
    assert auction(1.0, rival=9.0, terms=Terms(0.5)).won


def test_two_deals_compete_by_price():
    assert auction(1.0, rival=2.0, deal=True, terms=Terms(0.5)).loss is Loss.DEAL
    assert auction(3.0, rival=2.0, deal=True, terms=Terms(0.5)).won


def test_an_agreed_price_is_paid_whatever_was_bid():
    assert auction(9.0, rival=4.0, terms=Terms(3.0, auction_type=3)).price == 3.0


def test_a_deals_auction_overrides_the_requests():
    terms = Terms(1.0, auction_type=2)
    assert auction(5.0, at=1, rival=3.0, deal=True, terms=terms).price == 3.0


def test_deals_have_floors_of_their_own():
    assert auction(0.7, floor=5.0, terms=Terms(0.6)).won
    assert auction(0.5, floor=0.1, terms=Terms(0.6)).loss is Loss.BELOW_DEAL_FLOOR


def test_a_private_auction_takes_no_open_bids():
    assert auction(5.0, private=True).loss is Loss.INVALID_DEAL


def test_an_unknown_deal_is_refused():
    outcome = run_auction(Sale(1, 0.0, {}), [Entry("b", 5.0, "x")], Rivals(0, 0), Random(1))
    assert outcome["b"].loss is Loss.INVALID_DEAL


def test_our_second_bid_loses_to_our_first():
    bids = [Entry("low", 1.0), Entry("high", 2.0)]
    outcomes = run_auction(Sale(2, 0.0, {}), bids, Rivals(0.4, 0.2), Random(1))
    assert (outcomes["high"].won, outcomes["high"].price) == (True, 1.0)
    assert (outcomes["low"].won, outcomes["low"].min_to_win) == (False, 2.0)


@given(st.sampled_from((1, 2)), floors, st.lists(prices, min_size=1, max_size=4), rivals)
def test_at_most_one_wins_and_pays_between_floor_and_bid(at, floor, ours, others):
    bids = [Entry(str(n), price) for n, price in enumerate(ours)]
    outcomes = run_auction(Sale(at, floor, {}), bids, others, Random(1))
    won = [bid for bid in bids if outcomes[bid.bid_id].won]
    assert set(outcomes) == {bid.bid_id for bid in bids}
    assert len(won) <= 1
    assert all(floor <= outcomes[bid.bid_id].price <= bid.price for bid in won)
    assert all(outcomes[bid.bid_id].price == bid.price for bid in won if at == 1)


@given(st.sampled_from((1, 2)), floors, prices, rivals)
def test_the_minimum_to_win_wins_and_less_does_not(at, floor, price, others):
    outcome = auction(price, at=at, floor=floor, rival=others.best, deal=others.has_deal)
    least = outcome.min_to_win
    if least <= 0:
        return
    again = {"at": at, "floor": floor, "rival": others.best, "deal": others.has_deal}
    assert auction(least, **again).won
    assert not auction(least - 0.001, **again).won
