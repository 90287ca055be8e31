"""Gaussian processes on the concatenated embedding, one step at a time away from the seed.

Reference section 5.1. L1: log-odds and the noise of each count; L2: a greedy batch; L3: batch and
traffic by P(best). And BoTorch's SingleTaskGP on principal components in their place.
"""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from optimization import acquire, allocate
from optimization.bench.policies.by_engine import literal_features
from optimization.bench.policies.counting import equal, of_segment, random_ads, unravel
from optimization.bench.policy import Seen, Share
from optimization.problem import Counts, Floats, Ints

if TYPE_CHECKING:
    from botorch.posteriors.gpytorch import GPyTorchPosterior

SAMPLES = 256
BATCHES = 2_000
COMPONENTS = 24  # principal components that BoTorch is given
EXTRA = 0.01  # noise variance beyond that of the counts, log-odds
JITTER = 1e-8

How = Literal["random", "greedy", "best"]
Library = Literal["sklearn", "botorch"]


@dataclass(frozen=True, slots=True)
class Smooth:
    """``how`` the batch is chosen: by NEI among random ones or greedily, or by P(best)."""

    how: How
    library: Library = "sklearn"

    def choose(self, seen: Seen, rng: np.random.Generator) -> tuple[Share, ...]:
        counts = seen.counts()
        return tuple(
            self._share(seen, of_segment(counts, segment), rng) for segment in range(seen.segments)
        )

    def recommend(self, seen: Seen, rng: np.random.Generator) -> tuple[Ints, ...]:
        counts = seen.counts()
        return tuple(
            unravel(np.array([self._posterior(seen, each, rng)[0].argmax()]), seen.sizes)[0]
            for each in (of_segment(counts, segment) for segment in range(seen.segments))
        )

    def _share(self, seen: Seen, counts: Counts, rng: np.random.Generator) -> Share:
        if not len(counts.values):
            return equal(random_ads(seen.sizes, seen.q, rng))
        mean, covariance = self._posterior(seen, counts, rng)
        root = np.linalg.cholesky(covariance + JITTER * np.eye(len(mean)))
        samples = (mean[:, None] + root @ rng.normal(size=(len(mean), SAMPLES))).astype(np.float32)
        if self.how == "best":
            return _by_chance(seen, samples)
        return equal(unravel(self._batch(seen, counts, samples, mean, rng), seen.sizes))

    def _batch(
        self,
        seen: Seen,
        counts: Counts,
        samples: acquire.Singles,
        mean: Floats,
        rng: np.random.Generator,
    ) -> Ints:
        served = np.ravel_multi_index(tuple(counts.values.T), seen.sizes)
        incumbent = acquire.incumbents(samples, mean, served, learn=True)
        if self.how == "greedy":
            return acquire.greedy(samples, mean, seen.q, incumbent, np.zeros(0, np.int64))
        drawn = [rng.choice(len(mean), seen.q, replace=False) for _ in range(BATCHES)]
        return acquire.chosen(samples, mean, np.array(drawn), incumbent)

    def _posterior(
        self, seen: Seen, counts: Counts, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Mean and covariance over all combinations."""
        features = literal_features(seen)
        if features is None:
            raise ValueError("this method needs texts; a scenario of random embeddings has none")
        table = features(unravel(np.arange(np.prod(seen.sizes)), seen.sizes))
        at = np.ravel_multi_index(tuple(counts.values.T), seen.sizes)
        with warnings.catch_warnings():  # bounds reached, inputs not scaled: as in the reference
            warnings.simplefilter("ignore")
            if self.library == "botorch":
                return _by_botorch(_principal(table), at, counts)
            return _by_sklearn(table, at, counts, rng)


def _by_chance(seen: Seen, samples: acquire.Singles) -> Share:
    """The ads that most samples call best, and traffic by P(best) among them."""
    votes = np.bincount(samples.argmax(axis=0), minlength=len(samples))
    rows = np.lexsort((-samples.mean(axis=1), -votes))[: seen.q]
    return Share(unravel(rows, seen.sizes), allocate.chances(samples[rows]))


def _targets(counts: Counts) -> tuple[Floats, Floats]:
    """Smoothed log-odds against the pooled ones, and the variance of their noise."""
    clicks, misses = counts.successes + 0.5, counts.trials - counts.successes + 0.5
    pooled = np.log(clicks.sum() / misses.sum())
    return np.log(clicks / misses) - pooled, 1 / clicks + 1 / misses


def _by_sklearn(
    table: Floats, at: Ints, counts: Counts, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels  # noqa: PLC0415

    y, noise = _targets(counts)
    kernel = kernels.ConstantKernel(0.1, (0.01, 1.0)) * kernels.Matern(1.0, (0.2, 5.0), nu=2.5)
    model = GaussianProcessRegressor(
        kernel, alpha=noise + EXTRA, random_state=int(rng.integers(2**31))
    )
    mean, covariance = model.fit(table[at], y).predict(table, return_cov=True)
    return mean, covariance


def _principal(table: Floats) -> Floats:
    """The leading principal components, each scaled to 0..1."""
    centred = table - table.mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    found = left[:, :COMPONENTS] * sizes[:COMPONENTS]
    low = found.min(axis=0)
    return (found - low) / (found.max(axis=0) - low)  # type: ignore[no-any-return]


def _by_botorch(table: Floats, at: Ints, counts: Counts) -> tuple[Floats, Floats]:
    import torch  # noqa: PLC0415
    from botorch.fit import fit_gpytorch_mll  # noqa: PLC0415
    from botorch.models import SingleTaskGP  # noqa: PLC0415
    from gpytorch.mlls import ExactMarginalLogLikelihood  # noqa: PLC0415

    y, noise = _targets(counts)
    x = torch.tensor(table)
    model = SingleTaskGP(x[at], torch.tensor(y)[:, None], torch.tensor(noise)[:, None])
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    with torch.no_grad():
        found = cast("GPyTorchPosterior", model.posterior(x))
        return found.mean[:, 0].numpy(), found.distribution.covariance_matrix.numpy()
