"""The Laplace approximation of binomial counts: pseudo-observations with known noise (pure).

docs/optimiser.md; Rasmussen and Williams, chapter 3. With g = f + eps,
eps ~ N(0, tau^2 / r), the mode of g is found by IRLS with step halving; z and D are what a
Gaussian process with known noise sees.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_solve, cholesky

from optimization.engines.tab.rows import Rows
from optimization.problem import Floats, NotSolved

STEPS = 30
HALVINGS = 12
CLOSE = 1e-4
LEAST_WEIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class Mode:
    """The fit of n rows."""

    g: Floats  # (n,) log-odds with overdispersion
    z: Floats  # (n,) pseudo-observations of f
    noise: Floats  # (n,) their variance D = 1 / W + tau^2 / r
    factor: Floats  # (n, n) lower Cholesky factor of K + diag(D)
    alpha: Floats  # (n,) (K + diag(D))^-1 (z - mu - m)
    evidence: float  # log, without the binomial coefficients


def mode(rows: Rows, covariance: Floats, tau: float) -> Mode:
    """The mode under the prior ``covariance``, (n, n), of f.

    Raises NotSolved when numbers are not finite or the matrix has no factor.
    """
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            return _mode(rows, covariance, tau**2 / rows.rounds)
    except (np.linalg.LinAlgError, ValueError) as error:
        raise NotSolved(f"the posterior of {len(rows.x)} rows was not found: {error}") from error


def _mode(rows: Rows, covariance: Floats, extra: Floats) -> Mode:
    offset = rows.offset
    g, dual = offset, np.zeros(len(extra))
    for _ in range(STEPS):
        z, noise = _pseudo(rows, g, extra)
        factor, alpha = solve(covariance, noise, z - offset)
        target = offset + covariance @ alpha + extra * alpha
        step = _step(rows, offset, (g, dual), (target, alpha))
        moved = g + step * (target - g)
        far = float(np.max(np.abs(moved - g), initial=0.0))
        g, dual = moved, dual + step * (alpha - dual)
        if far <= CLOSE:
            break
    evidence = _evidence(rows, g, z - offset, extra, (factor, alpha, noise))
    return Mode(g, z, noise, factor, alpha, evidence)


def solve(covariance: Floats, noise: Floats, residual: Floats) -> tuple[Floats, Floats]:
    """The lower factor L of K + diag(D), and (K + diag(D))^-1 residual."""
    matrix = covariance.copy()
    matrix.flat[:: len(noise) + 1] += noise
    factor = cholesky(matrix, lower=True, overwrite_a=True)
    return factor, cho_solve((factor, True), residual)


def _pseudo(rows: Rows, g: Floats, extra: Floats) -> tuple[Floats, Floats]:
    p = sigmoid(g)
    weight = np.maximum(rows.trials * p * (1 - p), LEAST_WEIGHT)
    return g + (rows.successes - rows.trials * p) / weight, 1 / weight + extra


def _step(
    rows: Rows, offset: Floats, old: tuple[Floats, Floats], new: tuple[Floats, Floats]
) -> float:
    """The share of a Newton step that does not make things worse; g and its dual move together."""
    step, before = 1.0, _objective(rows, offset, *old)
    for _ in range(HALVINGS):
        g, dual = (a + step * (b - a) for a, b in zip(old, new, strict=True))
        if _objective(rows, offset, g, dual) >= before - 1e-9 * abs(before):
            break
        step /= 2
    return step


def _objective(rows: Rows, offset: Floats, g: Floats, dual: Floats) -> float:
    return likelihood(rows.successes, rows.trials, g) - 0.5 * float(dual @ (g - offset))


def _evidence(
    rows: Rows,
    g: Floats,
    residual: Floats,
    extra: Floats,
    solved: tuple[Floats, Floats, Floats],
) -> float:
    factor, alpha, noise = solved
    weight = 1 / (noise - extra)
    z = residual + rows.offset
    gaussian = -0.5 * residual @ alpha - np.log(np.diag(factor)).sum()
    local = -0.5 * weight * (z - g) ** 2 + 0.5 * np.log(weight / (2 * np.pi))
    flat = 0.5 * len(g) * np.log(2 * np.pi)
    return float(gaussian - flat + likelihood(rows.successes, rows.trials, g) - local.sum())


def likelihood(successes: Floats, trials: Floats, g: Floats) -> float:
    """Binomial log likelihood at log-odds g, without the coefficients."""
    return float(successes @ g - trials @ np.logaddexp(0.0, g))


def sigmoid(g: Floats) -> Floats:
    """1 / (1 + e^-g), without overflow."""
    result: Floats = np.exp(-np.logaddexp(0.0, -g))
    return result
