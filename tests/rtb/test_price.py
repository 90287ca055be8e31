"""Worth, multipliers, floors and agreed prices."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from rtb.ad import Ad, Format, Goal, Multiplier, Strategy
from rtb.openrtb.request import Audio, Deal, DurFloor, Imp, Pmp, Video
from rtb.price import base_value, deal_price, floor_of, most_of, value, value_of
from rtb.rates import UNKNOWN, Predicted, Rates

CPM = Micros(2_000_000)
PREDICTED = Predicted(Rates(0.001, 0.05), {7: Rates(0.002, 0.1)}, {(7, 3): Rates(0.004, 0.1)})


def ad(**strategy) -> Ad:
    return Ad(SimpleNamespace(id=7, cpm=CPM), None, Format.BANNER, Strategy(**strategy))  # type: ignore[arg-type]


def multiplied(*multipliers, **rest) -> Strategy:
    return Strategy(multipliers=tuple(Multiplier(*each) for each in multipliers), **rest)


def test_the_goal_of_impressions_is_worth_the_line_items_cpm():
    assert value(ad(), {}, UNKNOWN) == CPM


def test_the_goal_of_clicks_is_worth_what_the_clicks_are():
    clicks = ad(goal=Goal.CPC, goal_amount=Micros(500_000))
    assert base_value(clicks, PREDICTED) == 1_000_000  # 0.002 x 0.50 x 1,000
    assert base_value(clicks, PREDICTED, 3) == 2_000_000


def test_the_goal_of_conversions_is_worth_what_the_conversions_are():
    sales = ad(goal=Goal.CPA, goal_amount=Micros(20_000_000))
    assert base_value(sales, PREDICTED) == 4_000_000  # 0.002 x 0.1 x 20 x 1,000


@pytest.mark.parametrize("goal", [Goal.CPC, Goal.CPA])
def test_a_goal_without_its_amount_has_no_value(goal):
    assert value(ad(goal=goal), {}, PREDICTED) is None


def test_multipliers_that_match_are_multiplied():
    strategy = multiplied(("country", "CA", 1.5), ("os", "ios", 2.0), ("os", "android", 0.5))
    assert value_of(CPM, strategy, {"country": "CA", "os": "ios"}) == 3 * CPM
    assert value_of(CPM, strategy, {"country": "US", "os": "android"}) == CPM // 2
    assert value_of(CPM, strategy, {}) == CPM


def test_a_domains_multiplier_counts_for_its_subdomains_and_the_closest_wins():
    strategy = multiplied(("domain", "news.example", 2.0), ("domain", "m.news.example", 3.0))
    assert value_of(CPM, strategy, {"domain": "www.news.example"}) == 2 * CPM
    assert value_of(CPM, strategy, {"domain": "a.m.news.example"}) == 3 * CPM
    assert value_of(CPM, strategy, {"domain": "fakenews.example"}) == CPM


def test_multipliers_may_exceed_the_line_items_cpm_but_not_the_highest_bid():
    strategy = multiplied(("country", "CA", 3.0), max_bid=Micros(5_000_000))
    assert value_of(CPM, strategy, {"country": "CA"}) == 5_000_000
    assert value_of(CPM, strategy, {}) == CPM
    assert most_of(CPM, strategy) == 5_000_000


def test_all_multipliers_together_stay_between_a_tenth_and_ten():
    strategy = multiplied(("os", "ios", 10.0), ("country", "CA", 10.0), ("ssp", "x", 0.001))
    assert value_of(CPM, strategy, {"os": "ios", "country": "CA"}) == 10 * CPM
    assert value_of(CPM, strategy, {"ssp": "x"}) == CPM // 10


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["os", "country"]), st.sampled_from("abc")),
        st.floats(0.01, 10),
        max_size=6,
    ),
    st.sampled_from("abcd"),
    st.sampled_from("abcd"),
    st.none() | st.integers(1, 10**8),
)
def test_nothing_is_worth_more_than_the_most(multipliers, os, country, max_bid):
    strategy = multiplied(*((*key, factor) for key, factor in multipliers.items()))
    strategy = replace(strategy, max_bid=max_bid)
    worth = value_of(CPM, strategy, {"os": os, "country": country})
    assert 0 < worth <= most_of(CPM, strategy)


def test_a_fixed_deal_is_bid_at_its_price_or_not_at_all():
    assert deal_price(CPM, Micros(1_500_000)) == 1_500_000
    assert deal_price(CPM, CPM) == CPM
    assert deal_price(CPM, Micros(CPM + 1)) is None


FLOORS = (DurFloor(mindur=1, maxdur=15, bidfloor=4.0), DurFloor(mindur=16, bidfloor=7.0))
TIMED = Imp(id="1", video=Video(durfloors=FLOORS), bidfloor=1.0, bidfloorcur="EUR")
DEAL = Deal(id="d", bidfloor=3.0, bidfloorcur="CAD")


@pytest.mark.parametrize(
    ("imp", "deal", "seconds", "format_", "floor"),
    [
        (Imp(id="1", bidfloor=1.0), None, 0, Format.BANNER, (1.0, "USD")),
        (TIMED, None, 15, Format.VIDEO, (4.0, "EUR")),
        (TIMED, None, 30, Format.VIDEO, (7.0, "EUR")),
        (TIMED, None, 0, Format.VIDEO, (1.0, "EUR")),
        (TIMED, None, 15, Format.BANNER, (1.0, "EUR")),
        (Imp(id="1", video=Video(mincpmpersec=0.2)), None, 30, Format.VIDEO, (6.0, "USD")),
        (Imp(id="1", audio=Audio(mincpmpersec=0.1)), None, 30, Format.AUDIO, (3.0, "USD")),
        (TIMED, DEAL, 15, Format.VIDEO, (3.0, "CAD")),
        (TIMED, Deal(id="d"), 15, Format.VIDEO, (0.0, "USD")),
        (TIMED, Deal(id="d", durfloors=FLOORS), 30, Format.VIDEO, (7.0, "USD")),
        (TIMED, Deal(id="d", bidfloor=9, mincpmpersec=0.1), 30, Format.VIDEO, (3.0, "USD")),
    ],
)
def test_the_floor_is_the_deals_or_the_durations_or_the_impressions(
    imp, deal, seconds, format_, floor
):
    amount, currency = floor_of(imp, deal, seconds, format_)
    assert (pytest.approx(amount), currency) == floor


def test_a_deal_takes_nothing_from_its_impression():
    deal = Deal(id="d")
    imp = Imp(id="1", bidfloor=5.0, bidfloorcur="EUR", pmp=Pmp(deals=(deal,)))
    assert floor_of(imp, deal, 0, Format.BANNER) == (0.0, "USD")
