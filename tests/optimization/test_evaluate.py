"""Off-policy estimates: true on average, within bounds and intervals, refused without logs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.evaluate import (
    Estimate,
    Log,
    NotEnoughOverlap,
    Policy,
    compare,
    evaluate,
    shrunk,
    uplift,
)

RATES = np.array([[0.02, 0.05, 0.03, 0.08], [0.04, 0.01, 0.06, 0.02]])  # by segment and ad
TRAFFIC = np.array([0.7, 0.3])
LOGGING = np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
WANTED = np.array([[0.0, 0.2, 0.2, 0.6], [0.25, 0.0, 0.75, 0.0]])
TRUTH = float((TRAFFIC[:, None] * WANTED * RATES).sum())


def a_log(rng, impressions=20_000, rates=RATES):
    shown = rng.multinomial(impressions, (TRAFFIC[:, None] * LOGGING).ravel()).reshape(2, 4)
    clicks = rng.binomial(shown, rates)
    kept = shown.ravel() > 0
    segment = np.repeat([0, 1], 4)[kept]
    columns = (each.ravel()[kept].astype(float) for each in (shown, clicks, LOGGING))
    return Log(segment, *columns)


def a_policy(log, share=WANTED, predicted=None):
    """A policy whose direct model knows ``predicted`` by segment and ad; the log has every ad."""
    model = np.full((2, 4), 0.04) if predicted is None else predicted
    return Policy(share.ravel(), model.ravel(), (share * model).sum(axis=1), np.ones(2))


def values(name, predicted=None, rates=RATES, runs=400):
    rng = np.random.default_rng(1)
    logs = [a_log(rng, rates=rates) for _ in range(runs)]
    return [evaluate(log, a_policy(log, predicted=predicted)).estimates[name] for log in logs]


@pytest.mark.parametrize("name", ["ips", "snips", "dr"])
def test_the_truth_is_met_on_average_and_covered(name):
    found = values(name)
    mean = np.mean([each.value for each in found])
    error = np.std([each.value for each in found]) / np.sqrt(len(found))
    assert abs(mean - TRUTH) < 4 * error
    covered = np.mean([each.low <= TRUTH <= each.high for each in found])
    assert covered >= 0.88  # a 90 % interval, which allows for overdispersion that is not here


def test_intervals_allow_for_ads_that_differ_between_rounds():
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(300):
        noise = rng.normal(0, 0.11, RATES.shape)
        rates = 1 / (1 + np.exp(-(np.log(RATES / (1 - RATES)) + noise)))
        log = a_log(rng, 200_000, rates)
        found = evaluate(log, a_policy(log)).estimates["snips"]
        covered += found.low <= TRUTH <= found.high
    assert 0.82 <= covered / 300 <= 0.97


def test_a_good_model_narrows_the_doubly_robust_estimate():
    rates = RATES * 10  # where the choice of ads varies more than the clicks on each
    spread = {
        name: np.std([found.value for found in values(name, rates, rates)])
        for name in ("ips", "dr")
    }
    assert spread["dr"] < 0.8 * spread["ips"]


def test_without_residuals_the_doubly_robust_estimate_is_the_direct_one():
    log = a_log(np.random.default_rng(3))
    observed = (log.clicks / log.impressions).reshape(2, 4)
    found = evaluate(log, a_policy(log, predicted=observed))
    assert found.estimates["dr"].value == pytest.approx(found.direct)


def test_the_policy_that_served_gets_the_plain_mean():
    log = a_log(np.random.default_rng(4))
    found = evaluate(log, a_policy(log, LOGGING))
    mean = log.clicks.sum() / log.total
    assert found.estimates["ips"].value == pytest.approx(mean)
    assert found.estimates["snips"].value == pytest.approx(mean)
    assert found.effective == pytest.approx(log.total)
    assert found.matched == 1


def test_a_policy_against_itself_differs_by_nothing():
    log = a_log(np.random.default_rng(5))
    found = compare(log, a_policy(log), a_policy(log))
    assert set(found.values()) == {Estimate(0.0, 0.0, 0.0)}


def test_the_difference_of_two_policies_is_paired():
    log = a_log(np.random.default_rng(6))
    found = compare(log, a_policy(log), a_policy(log, LOGGING))["snips"]
    logged = float((TRAFFIC[:, None] * LOGGING * RATES).sum())
    assert found.low < TRUTH - logged < found.high
    assert found.low > 0


def test_uplift_is_the_difference_as_a_share():
    log = a_log(np.random.default_rng(6))
    new, old = a_policy(log), a_policy(log, LOGGING)
    found = uplift(log, new, old)
    values = [evaluate(log, each).estimates["snips"].value for each in (new, old)]
    assert found["snips"].value == pytest.approx(values[0] / values[1] - 1)
    assert found["snips"].low < TRUTH / float((TRAFFIC[:, None] * LOGGING * RATES).sum()) - 1
    assert found["snips"].high > found["snips"].value > found["snips"].low > 0


numbers = st.integers(0, 500)


@settings(max_examples=80)
@given(st.lists(st.tuples(numbers, numbers, st.integers(1, 99), st.integers(0, 99)), min_size=1))
def test_a_self_normalised_estimate_lies_within_what_was_observed(rows):
    impressions = np.array([200.0 + max(n, c) for n, c, _, _ in rows])
    clicks = np.array([5.0 + min(n, c) for n, c, _, _ in rows])
    share = np.array([share for *_, share in rows]) / 100
    share[0] = 0.5
    log = Log(
        np.zeros(len(rows), dtype=int),
        impressions,
        clicks,
        np.array([each / 100 for _, _, each, _ in rows]),
    )
    policy = Policy(share, shrunk(clicks, impressions), np.array([0.05]), np.ones(1))
    try:
        found = evaluate(log, policy).estimates["snips"]
    except NotEnoughOverlap:
        return
    observed = (clicks / impressions)[share > 0]
    assert observed.min() - 1e-9 <= found.value <= observed.max() + 1e-9
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seen": np.array([0.5, 0.5])}, "Only 50%"),
        ({"share": np.zeros(8)}, "says as much as 0 impressions"),
        ({"share": np.array([0, 0, 0, 0, 0, 0, 0, 1e-3])}, "4 clicks; 5 are needed"),
    ],
)
def test_too_little_overlap_is_refused_in_words(change, words):
    log = a_log(np.random.default_rng(7))
    log.clicks[7] = 4
    with pytest.raises(NotEnoughOverlap, match=words):
        evaluate(log, replace(a_policy(log), **change))


def test_nothing_served_is_refused():
    empty = np.array([])
    log = Log(np.array([], dtype=int), empty, empty, empty)
    with pytest.raises(NotEnoughOverlap, match="Nothing was served"):
        evaluate(log, Policy(empty, empty, np.array([0.1]), np.ones(1)))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"propensity": np.zeros(8)}, "propensities"),
        ({"clicks": np.full(8, 1e9)}, "more clicks than impressions"),
        ({"impressions": np.full(8, np.nan)}, "finite|Nothing"),
    ],
)
def test_numbers_that_no_log_can_have_are_errors(change, words):
    log = a_log(np.random.default_rng(8))
    with pytest.raises(ValueError, match=words):
        evaluate(replace(log, **change), a_policy(log))
