"""Which line items pacing lets sit out."""

from random import Random

import pytest

from rtb.draws import FEWEST_DRAWS, MOST_DRAWS, paced
from tests.rtb.line_items import ads_of


def drawn(ads, rates, rng):
    found = paced(ads, rates)
    assert found is not None
    return found.draw(rng)


def sitting_out(ads, rates, times=60):
    """Of each position, in which share of the drawn sets it sits out."""
    rng = Random(1)
    found = [each for _ in range(times) for each in drawn(ads, rates, rng)]
    return [sum(each >> n & 1 for each in found) / len(found) for n in range(len(ads))]


def test_without_a_rate_below_1_nobody_sits_out():
    assert paced(ads_of(1, 2), {1: 1.0}) is None
    assert paced(ads_of(1, 2), {9: 0.1}) is None


@pytest.mark.parametrize("rate", [0.0, 0.03, 0.5, 0.9])
def test_a_line_item_sits_out_of_the_share_that_its_rate_leaves(rate):
    of_others, *of_item = sitting_out(ads_of(1, 2, 2), {2: rate, 9: 0.2})
    assert of_others == 0
    assert of_item == [pytest.approx(1 - rate, abs=0.03)] * 2


def test_ads_of_a_line_item_sit_out_together_and_line_items_do_not():
    sets = drawn(ads_of(1, 1, 2), {1: 0.5, 2: 0.5}, Random(2))
    assert {each & 3 for each in sets} == {0, 3}
    assert len(set(sets)) == 4


@pytest.mark.parametrize(("count", "sets"), [(5, MOST_DRAWS), (100_000, FEWEST_DRAWS)])
def test_a_drawing_of_many_line_items_has_fewer_sets(count, sets):
    ads = ads_of(*range(count)) if count < 100 else ads_of(7)
    assert len(drawn(ads, dict.fromkeys(range(count), 0.5), Random(3))) == sets
