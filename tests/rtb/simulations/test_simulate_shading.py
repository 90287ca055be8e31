"""The simulated market: what docs/shading.md promises."""

import numpy as np
import pytest

from rtb.plot import draw
from rtb.simulate_shading import (
    MEAN_PRICE,
    MICROS,
    as_row,
    compare,
    make_auctions,
    panels,
    rows,
)


@pytest.fixture(scope="module", params=[1, 2])
def comparison(request):
    return compare(make_auctions(40_000, request.param), request.param)


def test_the_market_is_about_as_dear_as_the_published_one():
    auctions = make_auctions(40_000, seed=1)
    assert auctions.price.mean() == pytest.approx(MEAN_PRICE * MICROS, rel=0.1)
    assert (auctions.floor <= auctions.worth).all()
    assert len(np.unique(auctions.cell)) == len(auctions.cells) == 36


def test_a_win_costs_much_less_than_without_shading(comparison):
    assert comparison.saved_per_win > 0.3


def test_the_same_spend_wins_much_more(comparison):
    assert comparison.more_wins > 0.5


def test_as_many_wins_by_one_share_everywhere_cost_more(comparison):
    assert comparison.as_many_wins.wins == pytest.approx(comparison.shaded.wins, rel=0.01)
    assert comparison.shaded.spend < 0.97 * comparison.as_many_wins.spend


def test_it_gains_more_than_a_fifth_off_everywhere(comparison):
    fifth_off = next(each for each in comparison.constants if each.name.startswith("0.80"))
    assert comparison.shaded.gain > 1.4 * fifth_off.gain


def test_it_comes_close_to_the_share_that_is_best_by_hindsight(comparison):
    assert comparison.shaded.gain > 0.95 * comparison.best_constant.gain


def test_it_can_be_told_and_drawn(comparison):
    assert all(as_row(each, comparison.auctions) for each in rows(comparison))
    assert draw(panels(comparison)).count("<polyline") == 4
