"""Hyper-parameters fitted to counts: the Laplace evidence and its gradient (pure).

Maximises log q minus the normal priors on theta (docs/optimiser.md) by L-BFGS,
with the exact gradient of the Laplace evidence (Rasmussen and Williams 5.5.1).
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve
from scipy.optimize import minimize

from optimization.engines.tab.covariance import (
    Main,
    Shape,
    combine,
    main,
    pairs_agreeing,
    together,
)
from optimization.engines.tab.hypers import Hypers, spreads
from optimization.engines.tab.laplace import Mode, mode, sigmoid
from optimization.engines.tab.rows import Rows
from optimization.problem import Floats, NotSolved

FIT_ROWS = 500  # those with most trials; the hyper-parameters need no more
FEWEST_SUCCESSES = 30.0  # below, the defaults say more than the counts
ITERATIONS = 8
VERY_BAD = 1e10


@dataclass(frozen=True, slots=True)
class _Fit:
    """What stays the same while hyper-parameters change."""

    shape: Shape
    rows: Rows
    mains: tuple[Main, ...]
    same: Floats | None
    centre: Hypers


def fitted(shape: Shape, rows: Rows, start: Hypers) -> Hypers:
    """The most probable hyper-parameters, ``start`` where there is too little to learn from."""
    if rows.successes.sum() < FEWEST_SUCCESSES or len(rows.x) < 2:  # noqa: PLR2004
        return start
    components = len(shape.sizes)
    fit = _prepared(shape, head(rows, FIT_ROWS), Hypers.default(components))
    found = minimize(
        lambda theta: _loss(fit, theta),
        start.theta(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "maxfun": 2 * ITERATIONS},
    )
    usable = np.isfinite(found.x).all() and np.isfinite(found.fun) and found.fun < VERY_BAD
    return start.at(found.x) if usable else start


def head(rows: Rows, most: int) -> Rows:
    """The rows with most trials; all of them where there are no more."""
    if len(rows.x) <= most:
        return rows
    kept = (rows.x[:most], rows.trials[:most], rows.successes[:most], rows.rounds[:most])
    return Rows(*kept, level=rows.level, expected=rows.expected)


def log_evidence(shape: Shape, rows: Rows, hypers: Hypers) -> tuple[float, Floats]:
    """The log evidence and its gradient in theta, (C + 3,). Raises NotSolved."""
    return _evidence(_prepared(shape, rows, hypers), hypers)


def _prepared(shape: Shape, rows: Rows, centre: Hypers) -> _Fit:
    mains = tuple(main(shape, c, rows.x, rows.x) for c in range(len(shape.sizes)))
    return _Fit(shape, rows, mains, together(shape, rows.x, rows.x), centre)


def _loss(fit: _Fit, theta: Floats) -> tuple[float, Floats]:
    """What is minimised, and its gradient; very bad where there is no solution."""
    off = (theta - fit.centre.theta()) / spreads(len(fit.shape.sizes))
    try:
        value, gradient = _evidence(fit, fit.centre.at(np.clip(theta, -12, 4)))
    except NotSolved:
        return VERY_BAD, np.zeros(len(theta))
    loss = -value + 0.5 * float(off @ off)
    return loss, -gradient + off / spreads(len(fit.shape.sizes))


def _evidence(fit: _Fit, hypers: Hypers) -> tuple[float, Floats]:
    found = mode(fit.rows, combine(fit.shape, hypers, fit.mains, fit.same), hypers.tau)
    return found.evidence, _gradient(fit, hypers, _sensitivity(fit.rows, found, hypers))


def _sensitivity(rows: Rows, found: Mode, hypers: Hypers) -> Floats:
    """D log q / dK of every entry, (n, n): the explicit part and that by way of the mode."""
    inverse = cho_solve((found.factor, True), np.eye(len(found.g)))
    p = sigmoid(found.g)
    one = 1 / (found.noise - hypers.tau**2 / rows.rounds)  # W
    spread = (1 - np.diag(inverse) / one) / one  # posterior variances of g
    slope = rows.trials * p * (1 - p) * (1 - 2 * p)  # dW / dg
    by_mode = inverse @ (-0.5 * spread * slope / one)
    alpha = found.alpha
    result: Floats = 0.5 * (np.outer(alpha, alpha) - inverse) + np.outer(by_mode, alpha)
    return result


def _gradient(fit: _Fit, hypers: Hypers, sensitivity: Floats) -> Floats:
    within = 0.0 if fit.same is None else hypers.ratio**2 * fit.same
    agreeing: Floats = np.zeros(1)
    by_rho = 0.0
    result: list[float] = []
    for c, (equal, gram) in enumerate(fit.mains):
        variance, rho = hypers.mains[c] ** 2, hypers.rho
        mix = equal if gram is None else (1 - rho) * equal + rho * gram
        result.append(2 * variance * float((sensitivity * (mix + within * equal)).sum()))
        if gram is not None:
            by_rho += variance * rho * (1 - rho) * float((sensitivity * (gram - equal)).sum())
        if c in fit.shape.paired:
            agreeing = agreeing + equal
    pairs = float((sensitivity * pairs_agreeing(agreeing)).sum())
    noise = float((np.diag(sensitivity) / fit.rows.rounds).sum())
    return np.array([*result, 2 * hypers.pair**2 * pairs, by_rho, 2 * hypers.tau**2 * noise])
