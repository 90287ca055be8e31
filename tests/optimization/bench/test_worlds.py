"""Simulated truths: as the reference defines them."""

import numpy as np
import pytest
from scipy.special import expit

from optimization.bench.texts import bundled, draw_texts
from optimization.bench.worlds import drifted, simulated_prior, standardised
from tests.optimization.bench.worlds import world

MANY = 60


def test_main_effects_have_the_sds_of_their_components():
    found = [[table.std() for table in world(seed).mains] for seed in range(MANY)]
    assert np.mean(found, axis=0) == pytest.approx([0.22, 0.17, 0.10], rel=0.12)


def test_pairs_have_theirs():
    tables = [table for seed in range(10) for table in world(seed).pairs.values()]
    assert np.std(tables) == pytest.approx(0.06, rel=0.05)


def test_log_odds_are_the_sum_of_what_is_said_of_the_values():
    truth = world()
    values = np.array([[3, 1, 7]])
    at = truth.positions(values)[0]
    expected = (
        np.log(0.01 / 0.99)
        + sum(table[0, v] for table, v in zip(truth.mains, values[0], strict=True))
        + sum(table[values[0, c], values[0, d]] for (c, d), table in truth.pairs.items())
    )
    assert truth.log_odds(0)[at] == pytest.approx(expected)


def test_the_share_that_texts_explain_is_theirs():
    """Values of more dimensions than the embedding has: a projection of it is found again."""
    shares = [_explained(world(seed, sizes=(300, 2, 2), text_share=0.5)) for seed in range(20)]
    beyond_chance = 1 - (1 - np.array(shares)) * 299 / (299 - 32)
    assert np.mean(beyond_chance) == pytest.approx(0.5, abs=0.04)


def _explained(truth) -> float:
    """R2 of a regression of the first component's effects on its centred embeddings."""
    effects, embedding = truth.mains[0][0], truth.embeddings[0]
    x, y = embedding - embedding.mean(axis=0), effects - effects.mean()
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - float(left @ left) / float(y @ y)


def test_segments_have_levels_and_effects_of_their_own():
    alike, own = world(name="S6-same"), world(name="S6-own")
    assert np.allclose(alike.mains[0], alike.mains[0][0])
    assert not np.allclose(own.mains[0][0], own.mains[0][1])
    assert len(set(own.intercepts.tolist())) == 4


def test_drift_keeps_the_variance_and_loses_the_past():
    rng = np.random.default_rng(0)
    start = world(name="S7-fast", sizes=(200, 2, 2))
    moved = start
    for _ in range(30):
        moved = drifted(moved, rng)
    assert moved.mains[0].std() == pytest.approx(0.22, rel=0.15)
    assert abs(np.corrcoef(moved.mains[0][0], start.mains[0][0])[0, 1]) < 0.25
    assert moved.pairs is start.pairs


def test_a_world_without_drift_stays():
    still = world()
    assert drifted(still, np.random.default_rng(0)) is still


def test_the_simulated_prior_explains_its_share():
    """R2 .18 of every component, with the slope of a fitted model: 1."""
    truth = world()
    for prior, table in zip(simulated_prior(truth, 0), truth.mains, strict=True):
        effects = table[0] - table[0].mean()
        assert np.corrcoef(prior, effects)[0, 1] ** 2 == pytest.approx(0.18)
        assert prior @ effects / (prior @ prior) == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_world():
    assert np.array_equal(world(5).log_odds(0), world(5).log_odds(0))
    assert not np.array_equal(world(5).log_odds(0), world(6).log_odds(0))


def test_rates_are_around_the_base():
    assert np.median(expit(world(name="S4").log_odds(0))) == pytest.approx(0.002, rel=0.4)


def test_texts_are_drawn_without_replacement():
    drawn = draw_texts(bundled(), (10, 10, 10), np.random.default_rng(0))
    assert [len(set(each)) for each in drawn] == [10, 10, 10]


def test_a_list_that_is_too_short_is_named():
    with pytest.raises(ValueError, match="the list holds 20"):
        draw_texts(bundled(), (10, 21, 10), np.random.default_rng(0))


def test_nothing_to_scale_is_zero():
    assert standardised(np.ones(3)).tolist() == [0.0, 0.0, 0.0]
