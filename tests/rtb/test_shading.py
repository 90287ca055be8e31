"""Learning what wins, and bidding a little more than that."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from rtb.landscape import Outcome, learn, win_curves
from rtb.shading import EXPLORED, MAX_DISCOUNT, SHADED, Cell, Landscape, shade

HOME = Cell(1, "banner", "300x250", "CA")
ABROAD = Cell(1, "banner", "300x250", "DE")
UNIT = 1_000_000


class NeverExplores(Random):
    def random(self):
        return 0.99


NEVER = NeverExplores()


def outcomes(cell, level, *, count=3000, seed=1, tells=False):
    """Bids between nothing and 4 against a price to beat around ``level`` units."""
    rng = np.random.default_rng(seed)
    bids, beaten = rng.uniform(0.05, 4, count) * UNIT, rng.lognormal(0, 0.3, count) * level * UNIT
    for price, least in zip(bids.astype(int).tolist(), beaten.astype(int).tolist(), strict=True):
        won = price > least
        yield Outcome(cell, price, won, min_to_win=least + 1 if tells else 0, loss_code=102)


@pytest.mark.parametrize("tells", [False, True])
def test_it_bids_a_little_more_than_what_usually_wins(tells):
    landscape = learn(outcomes(HOME, 1.0, tells=tells))
    price, kind = shade(landscape, Micros(4 * UNIT), Micros(0), HOME, NEVER)
    assert kind == SHADED
    assert 1.2 * UNIT < price < 2.2 * UNIT


def test_few_outcomes_shade_nothing():
    assert learn(outcomes(HOME, 1.0, count=150)) == Landscape()
    assert shade(Landscape(), Micros(UNIT), Micros(0), HOME, NEVER) == (UNIT, "")
    assert shade(None, Micros(UNIT), Micros(0), HOME, NEVER) == (UNIT, "")


def test_old_outcomes_are_forgotten():
    old = [
        Outcome(each.cell, each.price, each.won, loss_code=102, age_days=40)
        for each in outcomes(HOME, 1.0)
    ]
    assert learn(old) == Landscape()


def test_losses_for_other_reasons_say_nothing_of_prices():
    others = [Outcome(HOME, 4 * UNIT, False, loss_code=code) for code in (1, 2, 201) * 1000]
    assert learn([*outcomes(HOME, 1.0), *others]) == learn(outcomes(HOME, 1.0))


def test_cells_differ_and_an_unknown_one_takes_its_neighbours():
    landscape = learn([*outcomes(HOME, 0.6), *outcomes(ABROAD, 1.6, seed=2)])
    prices = {
        cell: shade(landscape, Micros(4 * UNIT), Micros(0), cell, NEVER)[0]
        for cell in (HOME, ABROAD, HOME._replace(country="FR"), Cell(9, "video", "1x1", ""))
    }
    assert prices[HOME] < 0.75 * prices[ABROAD]
    assert prices[HOME] < prices[HOME._replace(country="FR")] <= prices[ABROAD]
    assert prices[Cell(9, "video", "1x1", "")] == prices[HOME._replace(country="FR")]


def test_a_cell_with_little_of_its_own_leans_on_the_wider_one():
    few = list(outcomes(ABROAD, 3.0, count=60, seed=3))
    curves = win_curves([*outcomes(HOME, 1.0), *few])[1]
    alone = win_curves(few)[1]
    assert abs(curves[ABROAD] - curves[HOME]).max() < abs(alone[ABROAD] - curves[HOME]).max()


def test_the_floor_is_respected():
    landscape = learn(outcomes(HOME, 1.0))
    floor = Micros(3 * UNIT)
    assert shade(landscape, Micros(4 * UNIT), floor, HOME, NEVER) == (floor, SHADED)
    assert shade(landscape, floor, floor, HOME, NEVER) == (floor, "")


@pytest.mark.parametrize("auction_type", [2, 3, 501])
def test_only_first_price_auctions_are_shaded(auction_type):
    landscape = learn(outcomes(HOME, 1.0))
    bid = shade(landscape, Micros(UNIT), Micros(0), HOME, NEVER, auction_type=auction_type)
    assert bid == (UNIT, "")


def test_a_twentieth_of_the_bids_explores_the_whole_worth():
    landscape, rng = learn(outcomes(HOME, 1.0)), Random(1)
    bids = [shade(landscape, Micros(4 * UNIT), Micros(0), HOME, rng) for _ in range(4000)]
    explored = [price for price, kind in bids if kind == EXPLORED]
    assert set(explored) == {4 * UNIT}
    assert 150 < len(explored) < 250


def test_curves_never_fall_and_stay_probabilities():
    _, curves = win_curves([*outcomes(HOME, 1.0, count=500), *outcomes(ABROAD, 2.0, count=90)])
    for curve in curves.values():
        assert (np.diff(curve) >= -1e-12).all()
        assert 0 <= curve[0] <= curve[-1] <= 1


LEARNED = learn(outcomes(HOME, 1.0))


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 100))
def test_a_bid_lies_between_the_floor_and_the_worth(value, floor, seed):
    price, kind = shade(LEARNED, Micros(value), Micros(min(floor, value)), HOME, Random(seed))
    assert min(floor, value) <= price <= value
    assert price >= round(value * (1 - MAX_DISCOUNT))
    assert (price == value) == (kind != SHADED)


@given(st.lists(st.integers(1, 10**8), min_size=2, max_size=2).map(sorted))
def test_a_higher_worth_never_bids_less(pair):
    low, high = (shade(LEARNED, Micros(each), Micros(0), HOME, NEVER)[0] for each in pair)
    assert low <= high
