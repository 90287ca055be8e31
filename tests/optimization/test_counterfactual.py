"""What batches say, on the rows of what was served."""

import numpy as np
import pytest

from optimization.counterfactual import Choice, Served, policy_of, traffic
from optimization.evaluate import evaluate


def served(segment, ad_id, propensity=0.5, impressions=1000, clicks=40):
    """Of the batch 1."""
    return Served(1, segment, ad_id, propensity, impressions, clicks)


ROWS = [served(0, "1-2"), served(0, "1-3", clicks=20), served(7, "1-2"), served(7, "1-3")]
BOTH = {0: {"1-2": Choice(0.75, 0.05), "9-9": Choice(0.25, 0.01)}}


def test_a_segment_without_a_batch_of_its_own_is_served_everyones():
    found = policy_of(BOTH, traffic(ROWS, [BOTH]))
    assert found.share.tolist() == [0.75, 0, 0.75, 0]
    assert found.direct == pytest.approx([0.04, 0.04])
    assert found.seen == pytest.approx([0.75, 0.75])


def test_a_segment_has_its_own_batch():
    choices = {0: {"1-2": Choice(1.0)}, 7: {"1-3": Choice(1.0)}}
    assert policy_of(choices, traffic(ROWS, [choices])).share.tolist() == [1, 0, 0, 1]


def test_rows_of_no_policy_and_without_propensity_are_left_out():
    rows = [*ROWS, served(0, "1-2", propensity=0.0)]
    found = traffic(rows, [{7: {"1-2": Choice(1.0)}}])
    assert found.segment_ids == [7]
    assert len(found.keys) == 2


def test_without_a_prediction_the_model_is_the_shrunk_click_rate():
    choices = {0: {"1-2": Choice(1.0)}}
    rows = [served(0, "1-2", 0.5, 1000, 40), served(0, "1-2", 0.25, 1000, 60)]
    found = policy_of(choices, traffic(rows, [choices]))
    assert found.predicted == pytest.approx([0.05, 0.05], rel=0.03)
    assert found.direct == pytest.approx(found.predicted[:1])


def test_what_served_all_along_gets_what_it_earned():
    choices = {0: {"1-2": Choice(0.5), "1-3": Choice(0.5)}}
    seen = traffic(ROWS[:2], [choices])
    found = evaluate(seen.log, policy_of(choices, seen))
    assert found.estimates["ips"].value == pytest.approx(60 / 2000)


def test_batches_that_never_showed_an_ad_do_not_hide_what_it_earned():
    rows = [
        Served(1, 0, "1-2", 1.0, 3000, 30),
        Served(2, 0, "1-2", 0.2, 200, 2),
        Served(2, 0, "1-3", 0.8, 800, 80),
    ]
    choices = {0: {"1-3": Choice(1.0)}}
    seen = traffic(rows, [choices])
    assert seen.log.propensity == pytest.approx([0.8, 0.8, 0.2])
    found = evaluate(seen.log, policy_of(choices, seen))
    assert found.estimates["ips"].value == pytest.approx(0.1)
    assert found.estimates["snips"].value == pytest.approx(0.1)


def test_without_a_batch_everything_might_have_been_shown():
    rows = [Served(0, 0, "1-2", 0.01, 1000, 10), Served(5, 0, "1-3", 0.5, 1000, 10)]
    seen = traffic(rows, [])
    assert seen.log.propensity == pytest.approx([0.005, 0.255])


def test_no_row_makes_an_empty_policy():
    found = policy_of(BOTH, traffic([], [BOTH]))
    assert found.share.size == found.direct.size == 0
    assert np.isfinite(found.seen).all()
