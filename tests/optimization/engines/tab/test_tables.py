"""Tables against the covariance function that they stand for."""

import numpy as np
import pytest

from optimization.engines.tab.covariance import covariance, features, shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import draw, sample
from optimization.engines.tab.posterior import fit, mean
from optimization.engines.tab.rows import rows
from optimization.engines.tab.tables import at, of_duals, within
from tests.optimization.problems import SIZES, every, seen, unit, world

SEGMENTS = 2
UNKNOWN = (None,) * 3


@pytest.fixture
def tables():
    return shape(SIZES, SEGMENTS, (unit(4), None, unit(5)))


@pytest.fixture
def hypers():
    return Hypers((0.3, 0.2, 0.1), pair=0.15, rho=0.4, tau=0.1)


@pytest.fixture
def posterior(tables, hypers):
    return fit(tables, hypers, rows(seen(world(), segments=SEGMENTS), UNKNOWN))


@pytest.fixture
def asked():
    values = every(SIZES)
    return np.column_stack([values, np.arange(len(values)) % SEGMENTS])


def test_the_prior_variance_is_that_of_the_formula(tables, hypers, asked):
    found = covariance(tables, hypers, asked, asked)
    assert np.diag(found).mean() == pytest.approx(
        1 + (0.09 + 0.04 + 0.01) * 1.25 + 3 * 0.15**2 + 0.25**2
    )


def test_tables_of_dual_coefficients_are_the_covariance_times_them(tables, hypers, asked):
    x = asked[::7]
    duals = np.random.default_rng(0).normal(size=(len(x), 2))
    expected = covariance(tables, hypers, asked, x) @ duals
    assert at(of_duals(tables, hypers, x, duals), asked) == pytest.approx(expected)


def test_the_posterior_mean_is_that_of_the_closed_form(posterior, tables, hypers, asked):
    cross = covariance(tables, hypers, asked, posterior.rows.x)
    expected = posterior.rows.level + cross @ posterior.mode.alpha
    assert at(mean(posterior), asked)[:, 0] == pytest.approx(expected)


def test_a_slice_of_a_segment_is_the_same_function(posterior, asked):
    tables = sample(posterior, 5, np.random.default_rng(0))
    whole = at(tables, asked)
    for segment in range(SEGMENTS):
        here = asked[:, -1] == segment
        sliced = at(within(tables, segment), asked[here, :-1])
        assert sliced == pytest.approx(whole[here], abs=1e-5)


def test_prior_samples_have_the_prior_covariance(tables, hypers, asked):
    drawn = at(draw(tables, hypers, 20_000, np.random.default_rng(0)), asked[:12])
    expected = covariance(tables, hypers, asked[:12], asked[:12])
    assert np.cov(drawn) == pytest.approx(expected, abs=0.05)


def test_pathwise_samples_have_the_mean_and_covariance_of_the_closed_form(
    posterior, tables, hypers, asked
):
    x, rng = asked[::5], np.random.default_rng(0)
    drawn = at(sample(posterior, 20_000, rng), x).astype(np.float64)
    cross = covariance(tables, hypers, x, posterior.rows.x)
    inner = covariance(tables, hypers, posterior.rows.x, posterior.rows.x)
    solved = np.linalg.solve(inner + np.diag(posterior.mode.noise), cross.T)
    expected = covariance(tables, hypers, x, x) - cross @ solved
    scale = np.sqrt(np.diag(expected))
    assert (drawn.mean(axis=1) - at(mean(posterior), x)[:, 0]) / scale == pytest.approx(0, abs=0.03)
    assert np.cov(drawn) / np.outer(scale, scale) == pytest.approx(
        expected / np.outer(scale, scale), abs=0.04
    )


def test_features_have_a_mean_variance_of_one():
    found = features(unit(6))
    assert found is not None
    assert (found**2).sum(axis=1).mean() == pytest.approx(1)


@pytest.mark.parametrize("same", [np.ones((3, 4)) / 2, np.ones((1, 4)) / 2])
def test_values_that_embeddings_do_not_tell_apart_have_none(same):
    assert features(same) is None


def test_of_huge_components_no_pair_table_is_made():
    found = shape((1000, 1000, 1000, 10, 10), 1)
    assert found.paired == (0, 3, 4)
    assert found.cells < 500_000
