"""The seed's method, literally: a sklearn GP on concatenated embeddings, qEI over random batches.

Seed 000, "Bayesian Optimization": a Gaussian process regressor is fitted on CTR and embeddings, qEI
is calculated for a large number of batches, the best replaces what serves, in equal shares. Kept
as written so that the other engines have something to be measured against.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optimization import masks
from optimization.problem import (
    Arm,
    Combination,
    Counts,
    Floats,
    Grid,
    Ints,
    Learned,
    NothingAllowed,
    NotSolved,
    Plan,
    Problem,
)

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

BATCHES = 2_000
NORMALS = 128
MAX_OBSERVED = 1_000  # the fit takes n^3: those with most trials
LISTED = 20_000  # combinations of a grid that is listed rather than drawn from
MAX_JOINT = 2_000  # combinations whose joint covariance is held at once
Q_RANGE = (8, 32)
INTERVAL = 1.6449  # standard deviations of a 90 % interval
JITTER = 1e-10

Features = Callable[[Ints], Floats]


@dataclass(frozen=True, slots=True)
class SeedEngine:
    """``literal``: embeddings ``(n, dim)`` of the concatenated texts of combinations ``(n, C)``.

    Without it the component embeddings stand side by side (one-hot where a component has none).
    """

    literal: Features | None = None
    batches: int = BATCHES
    name: str = "seed"

    def learn(
        self,
        problem: Problem,
        grid: Grid,
        plan: Plan,
        rng: np.random.Generator,
        warm: Mapping[str, float] | None = None,
    ) -> Learned:
        """One model per segment, as the seed's ``segment -> list of ad_ids`` reads.

        Raises NothingAllowed and NotSolved (problem.Engine).
        """
        del warm
        started = time.perf_counter()
        features = self.literal or (lambda values: stacked(problem, values))
        found = [
            self._segment(_observed(problem.counts, segment), grid, plan, features, rng)
            for segment in range(problem.segments)
        ]
        return Learned(
            engine=self.name,
            batches=tuple(arms for arms, _ in found),
            proposals=self.batches * problem.segments,
            best_rate=float(np.mean([max(arm.rate for arm in arms) for arms, _ in found])),
            uniform_rate=float(np.mean([rate for _, rate in found])),
            seconds={"learn": time.perf_counter() - started},
        )

    def top(self, problem: Problem, grid: Grid, rng: np.random.Generator) -> tuple[Ints, ...]:
        """Per segment the combination ``(C,)`` of the largest predicted CTR.

        Raises NothingAllowed and NotSolved. Of a large grid it looks at some, drawn at random.
        """
        features = self.literal or (lambda values: stacked(problem, values))
        candidates = _candidates(grid, LISTED, rng)
        found = []
        for segment in range(problem.segments):
            counts = _observed(problem.counts, segment)
            if not len(counts.trials):
                found.append(candidates[0])
                continue
            model = _fit(features(counts.values), counts.successes / counts.trials, rng)
            found.append(candidates[int(np.argmax(model.predict(features(candidates))))])
        return tuple(found)

    def _segment(
        self,
        counts: Counts,
        grid: Grid,
        plan: Plan,
        features: Features,
        rng: np.random.Generator,
    ) -> tuple[tuple[Arm, ...], float]:
        q = plan.q or int(np.clip(max(grid.sizes), *Q_RANGE))
        candidates = _candidates(grid, self.batches * q, rng)
        q = min(q, len(candidates))
        if not len(counts.trials):
            first = rng.choice(len(candidates), q, replace=False)
            return _arms(_pinned(candidates[first], plan), None), 0.0
        model = _fit(features(counts.values), counts.successes / counts.trials, rng)
        drawn = [rng.choice(len(candidates), q, replace=False) for _ in range(self.batches)]
        batches = np.array(drawn, np.int64)
        incumbent = float((counts.successes / counts.trials).max())
        normals = rng.normal(size=(NORMALS, q))
        joint = partial(_joint_of, model, features, candidates)
        scores = _scores(joint, len(candidates), batches, incumbent, normals)
        best = _pinned(candidates[batches[int(np.argmax(scores))]], plan)
        mean, covariance = _joint(model, features(best))
        arms = _arms(best, (mean, covariance, rng))
        return arms, float(_joint(model, features(candidates[:MAX_JOINT]))[0].mean())


def _candidates(grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    """Distinct allowed combinations: all of a small grid, else draws. Raises NothingAllowed."""
    if masks.unruled(grid) <= LISTED:
        found = masks.listed(grid)
    else:
        found = np.unique(masks.draw(grid, many, rng), axis=0)
    if not len(found):
        raise NothingAllowed("no combination may serve: all are inactive, banned or against a rule")
    return found


def stacked(problem: Problem, values: Ints) -> Floats:
    """Component embeddings side by side, ``(n, sum of dims)``."""
    parts = [
        (np.eye(size) if table is None else table)[values[:, c]]
        for c, (size, table) in enumerate(zip(problem.sizes, problem.texts.embeddings, strict=True))
    ]
    return np.hstack(parts)


def _observed(counts: Counts, segment: int) -> Counts:
    rows = np.flatnonzero((counts.segment == segment) & (counts.trials > 0))
    if len(rows) > MAX_OBSERVED:
        rows = rows[np.argsort(-counts.trials[rows])[:MAX_OBSERVED]]
    return Counts(
        counts.values[rows],
        counts.segment[rows],
        counts.trials[rows],
        counts.successes[rows],
        counts.rounds[rows],
    )


def _fit(x: Floats, y: Floats, rng: np.random.Generator) -> "GaussianProcessRegressor":
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels  # noqa: PLC0415

    kernel = kernels.ConstantKernel(1.0) * kernels.Matern(
        length_scale=1.0, nu=2.5
    ) + kernels.WhiteKernel(0.1)
    model = GaussianProcessRegressor(
        kernel, normalize_y=True, random_state=int(rng.integers(2**31))
    )
    with warnings.catch_warnings():  # bounds reached, lines searched in vain: it is as written
        warnings.simplefilter("ignore")
        try:
            model.fit(x, y)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise NotSolved(f"the Gaussian process could not be fitted: {error}") from error
    return model


def _joint(model: "GaussianProcessRegressor", x: Floats) -> tuple[Floats, Floats]:
    """Predictive mean ``(n,)`` and covariance ``(n, n)``."""
    with warnings.catch_warnings():  # "predicted variances smaller than 0"
        warnings.simplefilter("ignore")
        mean, covariance = model.predict(x, return_cov=True)
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise NotSolved("the Gaussian process predicts numbers that are not finite")
    return mean, covariance


def _joint_of(
    model: "GaussianProcessRegressor", features: Features, candidates: Ints, rows: Ints
) -> tuple[Floats, Floats]:
    return _joint(model, features(candidates[rows]))


def _scores(
    joint: Callable[[Ints], tuple[Floats, Floats]],
    many: int,
    batches: Ints,
    incumbent: float,
    normals: Floats,
) -> Floats:
    """QEI of every batch, in parts whose joint covariance fits in memory."""
    q = batches.shape[1]
    step = len(batches) if many <= MAX_JOINT else max(1, MAX_JOINT // q)
    found = []
    for start in range(0, len(batches), step):
        rows, where = np.unique(batches[start : start + step], return_inverse=True)
        mean, covariance = joint(rows)
        found.append(_qei(mean, covariance, where.reshape(-1, q), incumbent, normals))
    return np.concatenate(found)


def _qei(
    mean: Floats, covariance: Floats, batches: Ints, incumbent: float, normals: Floats
) -> Floats:
    """Monte Carlo: mean of max(0, largest of the batch - incumbent), ``(batches,)``."""
    joint = covariance[batches[:, :, None], batches[:, None, :]]
    root = _roots(joint)
    draws = mean[batches][:, None, :] + np.einsum("sj,bij->bsi", normals, root)
    return np.maximum(draws.max(axis=2) - incumbent, 0).mean(axis=1)  # type: ignore[no-any-return]


def _roots(covariances: Floats) -> Floats:
    """Square roots ``(..., n, n)``; never fails, as rounding can leave no Cholesky factor."""
    values, vectors = np.linalg.eigh(covariances)
    return vectors * np.sqrt(np.maximum(values, JITTER))[..., None, :]  # type: ignore[no-any-return]


def _pinned(batch: Ints, plan: Plan) -> Ints:
    """Pinned combinations first, in place of the last that were chosen."""
    rows = [tuple(row) for row in batch.tolist()]
    kept: dict[Combination, None] = dict.fromkeys((*plan.pinned, *rows))
    return np.array(list(kept)[: max(len(rows), len(plan.pinned))], np.int64)


def _arms(batch: Ints, model: tuple[Floats, Floats, np.random.Generator] | None) -> tuple[Arm, ...]:
    """Equal shares. Without a model nothing is predicted: 0 to 1."""
    n = len(batch)
    mean, sd, best = np.zeros(n), np.zeros(n), np.full(n, 1 / n)
    if model is not None:
        mean, covariance, rng = model
        sd = np.sqrt(np.maximum(np.diag(covariance), 0))
        draws = mean + rng.normal(size=(NORMALS, n)) @ _roots(covariance).T
        best = np.bincount(draws.argmax(axis=1), minlength=n) / NORMALS
    low = np.clip(mean - INTERVAL * sd, 0, 1)
    high = np.clip(mean + INTERVAL * sd, 0, 1) if model is not None else np.ones(n)
    order = np.argsort(-mean, kind="stable")
    return tuple(
        Arm(
            combination=tuple(map(int, batch[i])),
            weight=1 / n,
            rate=float(np.clip(mean[i], 0, 1)),
            low=float(low[i]),
            high=float(high[i]),
            best=float(best[i]),
        )
        for i in order
    )
