"""Means, errors and paired differences."""

import math

import numpy as np
import pytest

from optimization.bench.paired import mean, paired, paired_ratio, ratio


def test_a_mean_has_the_error_of_its_values():
    found = mean([1, 2, 3])
    assert found.mean == 2
    assert found.se == pytest.approx(1 / math.sqrt(3))


def test_one_value_says_nothing_of_its_error():
    assert mean([4]).se == 0
    assert paired([1], [0]).high == math.inf


def test_what_all_worlds_share_cancels():
    level = np.random.default_rng(0).normal(size=20)
    found = paired((level + 1).tolist(), level.tolist())
    assert found.difference == pytest.approx(1)
    assert found.se == pytest.approx(0, abs=1e-12)


def test_the_interval_is_students():
    found = paired([1, 2, 3, 4], [0, 0, 0, 0])
    assert found.high - found.difference == pytest.approx(3.18245 * found.se, rel=1e-5)


def test_a_share_of_sums_weighs_tests_by_what_they_are_worth():
    assert ratio(np.array([1.0, 9.0]), np.array([10.0, 10.0])).mean == pytest.approx(0.5)


def test_its_error_is_that_of_resampled_tests():
    rng = np.random.default_rng(0)
    best = rng.gamma(2, size=400)
    gains = best * rng.uniform(size=400)
    rows = rng.integers(400, size=(800, 400))
    resampled = gains[rows].sum(axis=1) / best[rows].sum(axis=1)
    assert ratio(gains, best).se == pytest.approx(resampled.std(), rel=0.1)


def test_shares_of_the_same_tests_are_compared_test_by_test():
    best = np.ones(50)
    found = paired_ratio(best * 0.5, best * 0.3, best)
    assert found.difference == pytest.approx(0.2)
    assert found.se == pytest.approx(0, abs=1e-12)
