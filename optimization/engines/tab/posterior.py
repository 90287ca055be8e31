"""What is believed after counts: the fit of one stack and its mean as tables (pure)."""

from dataclasses import dataclass

import numpy as np

from optimization.engines.tab.covariance import Shape, covariance
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.laplace import Mode, mode
from optimization.engines.tab.rows import Rows
from optimization.engines.tab.tables import Tables, of_duals, shifted
from optimization.problem import NotSolved


@dataclass(frozen=True, slots=True)
class Posterior:
    """Of one stack: everything that samples, means and other engines need."""

    shape: Shape
    hypers: Hypers
    rows: Rows
    mode: Mode


def fit(shape: Shape, hypers: Hypers, rows: Rows) -> Posterior:
    """The posterior at fixed hyper-parameters. Raises NotSolved."""
    found = mode(rows, covariance(shape, hypers, rows.x, rows.x), hypers.tau)
    if not (np.isfinite(found.alpha).all() and np.isfinite(found.z).all()):
        raise NotSolved(f"the posterior of {len(rows.x)} rows has numbers that are not finite")
    return Posterior(shape, hypers, rows, found)


def mean(posterior: Posterior) -> Tables:
    """The posterior mean of the log-odds: one function, S = 1."""
    duals = posterior.mode.alpha[:, None]
    tables = of_duals(posterior.shape, posterior.hypers, posterior.rows.x, duals)
    return shifted(tables, posterior.rows.level, posterior.rows.expected)
