"""The replay: policies on headline tests of our own."""

from functools import partial
from typing import cast

import numpy as np
import pytest

from optimization.bench.headlines import content
from optimization.bench.headlines.ahead import Ahead
from optimization.bench.headlines.arms import State, believe
from optimization.bench.headlines.policies import POLICIES, uniform
from optimization.bench.headlines.replay import BATCHES, Setting, deck, fresh, replay
from optimization.bench.headlines.run import table
from optimization.engines.tab.covariance import shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.posterior import fit, mean
from optimization.engines.tab.rows import rows
from optimization.engines.tab.tables import at
from optimization.problem import Counts
from tests.optimization.bench.headlines.tests import recorded


def _setting(tests=recorded(), per_arm=600, expected=None) -> Setting:  # noqa: B008
    nothing = np.zeros(tests.there.shape)
    return Setting(tests, partial(fresh, tests), per_arm, nothing if expected is None else expected)


def _state(tests, played=1) -> State:
    """All that was recorded has been seen; of the start, nothing."""
    nothing = np.zeros(tests.there.shape)
    seen = float(played > 0)
    return State(
        there=tests.there,
        trials=tests.impressions * seen,
        successes=tests.clicks * seen,
        rounds=nothing + 2 * seen,
        played=played,
        horizon=BATCHES,
        expected=nothing,
        visitors=tests.impressions[:, 0],
    )


def test_uniform_traffic_captures_nothing_and_the_best_everything():
    setting = _setting()

    def oracle(state, rng):
        truth = setting.audience(np.random.default_rng([3, 1])).rates
        return (truth == truth.max(axis=1, keepdims=True)).astype(float)

    even, best = (replay(setting, policy, 3) for policy in (uniform, oracle))
    assert even.gains.sum() / even.best.sum() == pytest.approx(0, abs=0.02)
    assert best.gains == pytest.approx(best.best)


@pytest.mark.parametrize("name", POLICIES)
def test_every_policy_splits_all_traffic_among_headlines_that_exist(name):
    tests = recorded(tests=6, arms=3)
    tests.there[0, 2] = False
    weights = POLICIES[name](_state(tests), np.random.default_rng(0))
    assert weights.sum(axis=1) == pytest.approx(1)
    assert weights[0, 2] == 0


def test_stacked_tests_believe_what_the_engine_believes():
    tests = recorded(tests=3)
    found = believe(_state(tests), np.zeros(tests.there.shape), sd=0.22, tau=0.1)
    for t in range(3):
        values = np.arange(4)[:, None]
        zeros = np.zeros(4, np.int64)
        counts = Counts(values, zeros, tests.impressions[t], tests.clicks[t], np.full(4, 2.0))
        model = fit(shape((4,), 1), Hypers((0.22,), tau=0.1), rows(counts, (None,)))
        engine = at(mean(model), np.column_stack((values, zeros)))[:, 0]
        assert found.mean[t] == pytest.approx(engine, abs=1e-6)


def test_a_deck_gives_back_what_was_recorded():
    tests = recorded(tests=5)
    cards = deck(tests)
    rng = np.random.default_rng(0)
    half = np.round(tests.impressions / 2)
    drawn = cards.clicks(half, rng) + cards.clicks(tests.impressions - half, rng)
    assert drawn.tolist() == tests.clicks.tolist()
    again = cards.clicks(2 * tests.impressions, rng)  # used up: shuffled anew
    assert again.tolist() == (2 * tests.clicks).tolist()


def test_what_words_say_is_found_in_other_tests():
    """Embeddings that hold the truth: the prior is learnt; and is nothing where they hold none."""
    tests = recorded(tests=80)
    odds = np.log(tests.clicks / (tests.impressions - tests.clicks))
    rng = np.random.default_rng(0)
    texts = [(t, a) for t in range(80) for a in range(4)]
    telling = {tests.texts[t][a]: np.array([odds[t, a], 1.0]) for t, a in texts}
    silent = {tests.texts[t][a]: rng.normal(size=3) for t, a in texts}
    assert content.explained(tests, content.expected(tests, telling)) > 0.9
    assert content.explained(tests, content.expected(tests, silent)) < 0.1


def test_of_a_few_tests_no_prior_is_learnt():
    tests = recorded(tests=4)
    vectors = {text: np.array([1.0, 0.0]) for text in tests.all_texts}
    assert not content.expected(tests, vectors).any()


def test_the_table_compares_in_pairs():
    found = table(_setting(), passes=1)
    assert set(found) == set(POLICIES)
    assert _of(found, "tab") > _of(found, "uniform") + 0.1
    against = cast("dict[str, float]", found["beta-ts"]["against_tab"])
    assert against["high"] < 0


def _of(found, name) -> float:
    return cast("float", found[name]["captured"])


def test_looking_ahead_tries_what_is_unknown_while_there_is_time():
    """Equal beliefs: all headlines are tried at the start, none without need at the end."""
    tests = recorded(tests=1)
    split = Ahead()(_state(tests, played=0), np.random.default_rng(0))
    assert split.min() > 0.05
    known = _state(tests, played=BATCHES - 1)
    best = (tests.clicks / tests.impressions).argmax()
    assert Ahead()(known, np.random.default_rng(0))[0, best] > 0.9
