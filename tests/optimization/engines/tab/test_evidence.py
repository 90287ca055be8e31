"""Hyper-parameters learnt from counts."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from optimization.engines.tab.covariance import shape
from optimization.engines.tab.evidence import fitted, log_evidence
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.rows import rows
from tests.optimization.problems import SIZES, counts, seen, unit, world

UNKNOWN = (None,) * 3


@pytest.mark.parametrize("segments", [1, 2])
def test_the_gradient_is_that_of_finite_differences(segments):
    tables = shape(SIZES, segments, (unit(4), None, unit(5)))
    data = rows(seen(world(), n=25, trials=3000, segments=segments), UNKNOWN)
    hypers = Hypers((0.3, 0.2, 0.1), pair=0.1, rho=0.3, tau=0.2)
    expected = approx_fprime(
        hypers.theta(), lambda theta: log_evidence(tables, data, hypers.at(theta))[0], 1e-5
    )
    assert log_evidence(tables, data, hypers)[1] == pytest.approx(expected, rel=0.02, abs=0.02)


def test_it_learns_which_component_matters():
    truth = world(sizes=(10, 10), sds=(0.6, 0.02), pair=0.02)
    data = rows(seen(truth, n=90, trials=20_000), (None, None))
    found = fitted(shape((10, 10), 1), data, Hypers.default(2))
    assert found.mains[0] > 0.3
    assert found.mains[1] < 0.15


def test_too_few_clicks_leave_the_hypers_as_they_were():
    start = Hypers((0.1, 0.2, 0.3))
    data = rows(counts([[0, 0, 0], [1, 1, 1]], [100, 100], [3, 4]), UNKNOWN)
    assert fitted(shape(SIZES, 1), data, start) is start


def test_hypers_survive_being_named():
    hypers = Hypers((0.1, 0.2), pair=0.05, rho=0.4, tau=0.2, segment=0.3, ratio=0.6)
    assert Hypers.of(hypers.named(), 2) == hypers
    assert hypers.at(hypers.theta()).theta() == pytest.approx(hypers.theta())


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_warm_start_that_makes_no_sense_is_the_default(bad):
    assert Hypers.of({"main_0": bad, "tau": bad, "unknown": 3.0}, 2) == Hypers.default(2)
