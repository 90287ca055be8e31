"""What learning came to, from rows whose answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.counterfactual import Served
from optimization.evaluate import Estimate
from optimization.insight import (
    Predicted,
    Rate,
    chance,
    exploration,
    extra_clicks,
    mixed,
    of_estimate,
    rate_of,
    rounds,
    uplift,
)

CHANCE = Rate(0.02, 0.05)


def served(batch=1, ad_id="1-2", impressions=1000, clicks=30):
    return Served(batch, 0, ad_id, 0.5, impressions, clicks)


def test_nothing_shown_has_no_rate():
    assert rate_of([]) is None
    assert rate_of([served(impressions=0, clicks=0)]) is None


@given(st.integers(1, 10**7), st.floats(0, 1))
def test_a_rate_lies_in_its_interval_whatever_was_clicked(impressions, share):
    found = rate_of([served(impressions=impressions, clicks=round(impressions * share))])
    assert found is not None
    assert 0 < found.estimate.low <= found.value <= found.estimate.high <= 1


def test_intervals_cover_the_true_rate_nine_times_in_ten():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(400):
        odds = np.exp(np.log(0.02 / 0.98) + rng.normal(0, 0.11, 10))
        clicks = rng.binomial(2000, odds / (1 + odds))
        rows = [
            served(ad_id=f"1-{n}", impressions=2000, clicks=int(c)) for n, c in enumerate(clicks)
        ]
        found = rate_of(rows)
        assert found is not None
        covered += found.estimate.low <= 0.02 <= found.estimate.high
    assert 0.85 <= covered / 400 <= 0.95


def test_rounds_are_in_order_and_batches_of_no_round_are_left_out():
    rows = [served(3, clicks=50), served(1), served(2, clicks=10), served(9)]
    found = rounds(rows, {1: 0, 2: 0, 3: 1})
    assert [(number, rate.clicks) for number, rate in found.items()] == [(0, 40), (1, 50)]


def test_chance_is_measured_on_what_was_shown_at_random():
    rate, is_measured = chance([served(0), served(1, clicks=90)], frozenset({0}), None)
    assert rate is not None
    assert (rate.clicks, is_measured) == (30, True)


@pytest.mark.parametrize(("error", "is_measured"), [(0.05, False), (0.5, True)])
def test_the_surer_of_measure_and_model_says_what_chance_is(error, is_measured):
    assert chance([served(0)], frozenset({0}), Rate(0.02, error))[1] == is_measured


def test_chance_is_the_models_word_while_few_clicked():
    unsure = Rate(0.02, 2.0)
    assert chance([served(0, clicks=5)], frozenset({0}), unsure) == (unsure, False)
    assert chance([], frozenset({0}), None) == (None, False)


def test_a_predicted_interval_comes_back():
    found = of_estimate(Estimate(0.03, 0.02, 0.045)).estimate
    assert found.high / found.low == pytest.approx(0.045 / 0.02)
    assert of_estimate(Estimate(0.03, 0.0, 0.045)).error == 1


def test_segments_count_by_their_traffic():
    rows = [
        served(impressions=3000),
        Served(1, 7, "1-2", 0.5, 1000, 9),
        Served(1, 8, "1", 1.0, 5, 0),
    ]
    found = mixed({0: Rate(0.02, 0.1), 7: Rate(0.04, 0.2)}, rows)
    assert found is not None
    assert found.value == pytest.approx(0.025)
    assert found.error == pytest.approx((0.75 * 0.002 + 0.25 * 0.008) / 0.025)
    assert mixed({}, rows) is None


def test_uplift_and_extra_clicks():
    found = uplift(Rate(0.03, 0.05), CHANCE)
    assert found.value == pytest.approx(0.5)
    assert 0.2 < found.low < 0.5 < found.high < 0.8
    extra = extra_clicks(300, Estimate(0.5, 0.25, 1.0))
    assert (extra.value, extra.low, extra.high) == pytest.approx((100, 60, 150))


def test_exploring_costs_what_the_favourite_would_have_earned():
    predicted = {
        (1, "1-2"): Predicted(0.6, 0.04, 0.03, 0.05),
        (1, "1-3"): Predicted(0.4, 0.03, 0.02, 0.05),
    }
    rows = [served(), served(ad_id="1-3"), served(ad_id="1-3", impressions=2000), served(2)]
    found = exploration(rows, predicted)
    assert found is not None
    assert found.share == pytest.approx(0.75)
    assert found.clicks == pytest.approx(30)
    assert exploration(rows, {}) is None
