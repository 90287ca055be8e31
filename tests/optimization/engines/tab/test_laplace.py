"""The Laplace approximation, from nothing to a hundred million impressions."""

import numpy as np
import pytest
from scipy.integrate import quad

from optimization.engines.tab.covariance import covariance, shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.laplace import likelihood, mode, sigmoid
from optimization.engines.tab.posterior import fit
from optimization.engines.tab.rows import rows
from optimization.problem import NotSolved
from tests.optimization.problems import SIZES, counts, none, seen, world

UNKNOWN = (None,) * 3
TABLES = shape(SIZES, 1)
HYPERS = Hypers.default(3)


def test_the_mode_has_no_slope():
    found = fit(TABLES, HYPERS, rows(seen(world()), UNKNOWN))
    p = sigmoid(found.mode.g)
    slope = found.rows.successes - found.rows.trials * p
    assert slope == pytest.approx(found.mode.alpha, abs=1e-2)


def test_the_mode_of_one_row_is_the_maximum_of_its_posterior():
    data = rows(counts([[0, 0, 0]], [200], [9]), UNKNOWN)
    found = fit(TABLES, HYPERS, data)
    spread = covariance(TABLES, HYPERS, data.x, data.x)[0, 0] + HYPERS.tau**2
    grid = np.linspace(-6, 0, 60_001)
    densities = 9 * grid - 200 * np.logaddexp(0, grid) - (grid - data.level) ** 2 / (2 * spread)
    assert found.mode.g[0] == pytest.approx(grid[densities.argmax()], abs=2e-4)


def test_the_evidence_of_one_row_is_close_to_the_integral():
    data = rows(counts([[0, 0, 0]], [2000], [40]), UNKNOWN)
    found = fit(TABLES, HYPERS, data).mode
    spread = covariance(TABLES, HYPERS, data.x, data.x)[0, 0] + HYPERS.tau**2
    top = likelihood(data.successes, data.trials, found.g)

    def density(g):
        log = 40 * g - 2000 * np.logaddexp(0, g) - (g - data.level) ** 2 / (2 * spread) - top
        return np.exp(log) / np.sqrt(2 * np.pi * spread)

    exact = np.log(quad(density, -8, 0, points=[float(found.g[0])])[0]) + top
    assert found.evidence == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize(
    ("trials", "clicks"),
    [
        ([1000, 1000, 1000], [0, 0, 0]),
        ([1000, 1000, 1000], [1000, 1000, 1000]),
        ([1e8, 1, 1], [1e6, 0, 1]),
        ([1e6, 50, 1e6], [10, 50, 10]),
        ([0.3, 0.7, 1e-9], [0.1, 0, 0]),
    ],
)
def test_it_is_finite_whatever_was_counted(trials, clicks):
    data = rows(counts([[0, 0, 0], [1, 1, 1], [3, 2, 4]], trials, clicks), UNKNOWN)
    found = fit(TABLES, HYPERS, data).mode
    assert np.isfinite(found.g).all()
    assert np.isfinite(found.evidence)
    assert np.abs(found.g).max() < 30


def test_it_is_solved_with_nothing_counted():
    assert fit(TABLES, HYPERS, rows(none(), UNKNOWN)).mode.alpha.shape == (0,)


def test_numbers_that_are_not_finite_are_refused():
    data = rows(seen(world(), n=3), UNKNOWN)
    with pytest.raises(NotSolved, match="3 rows was not found"):
        mode(data, np.full((3, 3), np.nan), 0.1)
