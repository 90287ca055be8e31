"""The visitors' hidden taste."""

from random import Random

import pytest

from adplatform.demo import catalogue
from adplatform.demo.truth import HIGHEST_CTR, LOWEST_CTR, Truth
from optimization.space import Space

COLUMNS = [[f"{c.name}/{a.label}" for a in c.assets] for c in catalogue.COMPONENTS]
SPACE = Space(tuple(tuple(range(len(column))) for column in COLUMNS))
SEGMENTS = ["", *(segment.key for segment in catalogue.SEGMENTS)]


def arms():
    for combination in SPACE.valid():
        yield tuple(column[i] for column, i in zip(COLUMNS, combination, strict=True))


def test_the_template_has_more_than_a_hundred_combinations():
    assert SPACE.size == 480


def test_the_same_seed_has_the_same_taste():
    assert [Truth(3).ctr(arm, "x") for arm in arms()] == [Truth(3).ctr(arm, "x") for arm in arms()]


def test_another_seed_has_another_taste():
    arm = next(arms())
    assert Truth(3).ctr(arm, "x") != Truth(4).ctr(arm, "x")


@pytest.mark.parametrize("segment", SEGMENTS)
def test_click_rates_are_those_of_advertising(segment):
    rates = [Truth().ctr(arm, segment) for arm in arms()]
    assert LOWEST_CTR <= min(rates) < max(rates) <= HIGHEST_CTR
    assert 0.03 < sum(rates) / len(rates) < 0.06


@pytest.mark.parametrize("segment", SEGMENTS)
def test_there_is_something_to_learn(segment):
    rates = sorted(Truth().ctr(arm, segment) for arm in arms())
    assert rates[-1] > 3 * rates[len(rates) // 2]


def test_segments_prefer_different_combinations():
    favourites = {max(arms(), key=lambda arm: Truth().ctr(arm, key)) for key in SEGMENTS}
    assert len(favourites) > 1


def test_pairs_of_assets_do_something_together():
    """Effects that only added up would make every 2 x 2 block of log odds a parallelogram."""
    truth = Truth()
    assert len(set(COLUMNS[0]) & set(COLUMNS[1])) == 0
    odds = {
        (a, b): (rate := truth.ctr((COLUMNS[0][a], COLUMNS[1][b]), "")) / (1 - rate)
        for a in range(5)
        for b in range(4)
    }
    ratios = {
        round(odds[a, b] * odds[0, 0] / (odds[a, 0] * odds[0, b]), 6)
        for a in range(1, 5)
        for b in range(1, 4)
    }
    assert ratios != {1.0}


def test_orders_are_rarer_than_clicks_and_cost_what_furniture_costs():
    truth, rng = Truth(), Random(1)
    assert all(0.05 < truth.conversion_rate(segment) < 0.4 for segment in SEGMENTS)
    assert all(5_000 < truth.basket_cents(rng) < 400_000 for _ in range(500))
