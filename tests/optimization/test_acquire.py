"""qEI on shared samples."""

import numpy as np
import pytest
from scipy.stats import norm

from optimization import acquire

RNG = np.random.default_rng(0)


def utilities(m=6, samples=400):
    return np.random.default_rng(1).normal(size=(m, samples)).astype(np.float32)


def test_of_one_arm_it_is_the_analytic_expected_improvement():
    mean, sd, beaten = -4.5, 0.3, -4.3
    samples = RNG.normal(mean, sd, (1, 400_000)).astype(np.float32)
    found = acquire.qei(samples, np.array([[0]]), np.full(400_000, beaten, dtype=np.float32))
    z = (mean - beaten) / sd
    assert found[0] == pytest.approx(sd * (z * norm.cdf(z) + norm.pdf(z)), rel=0.01)


def test_it_is_the_mean_of_what_the_best_of_a_batch_gains():
    u, incumbent = utilities(), np.full(400, 0.5, dtype=np.float32)
    batches = np.array([[0, 1, 2], [3, 4, 5]])
    expected = [np.maximum(u[batch].max(axis=0) - 0.5, 0).mean() for batch in batches]
    assert acquire.qei(u, batches, incumbent) == pytest.approx(expected, rel=1e-5)


def test_the_order_within_a_batch_does_not_matter():
    u, incumbent = utilities(), np.zeros(400, dtype=np.float32)
    scores = acquire.qei(u, np.array([[0, 1, 2], [2, 0, 1]]), incumbent)
    assert scores[0] == scores[1]


def test_among_batches_that_gain_nothing_the_best_mean_wins():
    u, means = utilities(), np.array([0.0, 1, 2, 3, 4, 5])
    never = np.full(400, 100, dtype=np.float32)
    assert acquire.chosen(u, means, np.array([[0, 1], [4, 5], [2, 3]]), never).tolist() == [4, 5]
    assert acquire.greedy(u, means, 2, never, np.array([], dtype=int)).tolist() == [5, 4]


def test_greedy_is_close_to_the_best_of_all_batches_and_keeps_what_is_forced():
    u, incumbent = utilities(8), np.zeros(400, dtype=np.float32)
    every = np.array([[i, j] for i in range(8) for j in range(i)])
    batch = acquire.greedy(u, u.mean(axis=1), 2, incumbent, np.array([], dtype=int))
    best = acquire.qei(u, every, incumbent).max()
    assert acquire.qei(u, batch[None, :], incumbent)[0] >= (1 - 1 / np.e) * best
    forced = acquire.greedy(u, u.mean(axis=1), 3, incumbent, np.array([7, 2]))
    assert forced[:2].tolist() == [7, 2]
    assert len(set(forced.tolist())) == 3


def test_to_earn_the_best_mean_that_serves_has_to_be_beaten_to_learn_the_best_in_each_sample():
    u, means, served = utilities(), np.arange(6.0), np.array([1, 3])
    earn = acquire.incumbents(u, means, served, learn=False)
    assert earn.tolist() == [3.0] * 400
    assert (acquire.incumbents(u, means, served, learn=True) == u[served].max(axis=0)).all()


def test_with_nothing_served_nothing_has_to_be_beaten():
    u = utilities()
    assert (acquire.incumbents(u, u.mean(axis=1), np.array([], dtype=int), learn=True) <= u).all()
