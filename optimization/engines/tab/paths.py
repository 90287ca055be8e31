"""Joint samples of the posterior over all combinations, as tables (pure).

Matheron's rule (Wilson et al., arXiv 2011.04026): a prior sample plus K(., X) times dual
coefficients that move it to the data; docs/optimiser.md.
"""

import numpy as np
from scipy.linalg import cho_solve

from optimization.engines.tab.covariance import Shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.posterior import Posterior
from optimization.engines.tab.tables import Singles, Tables, at, of_duals, plus, shifted
from optimization.problem import Floats

TABLE_NUMBERS = 50_000_000  # of all samples together: 200 MB


def sample(posterior: Posterior, many: int, rng: np.random.Generator) -> Tables:
    """``many`` samples of log-odds, without overdispersion; fewer where tables would not fit."""
    shape, hypers, rows, mode = posterior.shape, posterior.hypers, posterior.rows, posterior.mode
    prior = draw(shape, hypers, fitting(shape, many), rng)
    noise = rng.standard_normal((len(rows.x), prior.samples)) * np.sqrt(mode.noise)[:, None]
    residual = (mode.z - rows.offset)[:, None] - at(prior, rows.x) - noise
    duals = cho_solve((mode.factor, True), residual) if len(rows.x) else residual
    sampled = plus(prior, of_duals(shape, hypers, rows.x, duals.astype(np.float32)))
    return shifted(sampled, rows.level, rows.expected)


def fitting(shape: Shape, many: int) -> int:
    """How many samples fit into TABLE_NUMBERS, at most ``many``, at least 32."""
    return min(many, max(32, TABLE_NUMBERS // shape.cells))


def draw(shape: Shape, hypers: Hypers, many: int, rng: np.random.Generator) -> Tables:
    """Samples of the prior, without its mean, in single precision."""

    def normal(*size: int) -> Singles:
        return rng.standard_normal((*size, many), dtype=np.float32)

    def main(c: int) -> Singles:
        known, sd = shape.features[c], np.float32(hypers.mains[c])
        own = normal(shape.sizes[c])
        return sd * (own if known is None else _mixture(own, normal(known.shape[1]), known, hypers))

    segments, last = shape.segments, len(shape.sizes)
    mains = [main(c) for c in range(last)]
    pairs = {
        (c, d): np.float32(hypers.pair) * normal(shape.sizes[c], shape.sizes[d])
        for c, d in shape.pairs
    }
    if segments > 1:
        for c, size in enumerate(shape.sizes):
            pairs[c, last] = np.float32(hypers.ratio * hypers.mains[c]) * normal(size, segments)
    level = np.float32(hypers.segment if segments > 1 else 0.0)
    return Tables(normal(), (*mains, level * normal(segments)), pairs)


def _mixture(own: Singles, weights: Singles, known: Floats, hypers: Hypers) -> Singles:
    """Covariance (1 - rho) I + rho K without a factor of K: weights on the embeddings."""
    shares = np.sqrt(np.array([1 - hypers.rho, hypers.rho], dtype=np.float32))
    result: Singles = shares[0] * own + shares[1] * (known.astype(np.float32) @ weights)
    return result
