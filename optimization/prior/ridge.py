"""The content prior: a ridge from embeddings to effects, learnt over many experiments (pure).

docs/optimiser.md. An experiment is one component of one template. Effects and
embeddings are centred within it, so that there is no intercept; values are weighted by what is
known of them. Penalty and slope are chosen by folds of whole templates, and held near what headline
tests gave: chosen freely, they followed the noise of a few templates (docs/optimiser.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from optimization.problem import Bools, Floats, Ints

PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
USUAL_PENALTY = 100.0
PENALTY_SD = 0.7  # of its logarithm around the usual one
USUAL_SLOPE = 1.0
SLOPE_SD = 0.5
FOLDS = 5
FEWEST_TEMPLATES = 25


class TooFewTemplates(ValueError):
    """There is not enough to learn a content prior from."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is known of the values of one component."""

    template_id: int
    embeddings: Floats  # (k, dim) rows of unit norm
    effects: Floats  # (k,) log-odds, against anything that is the same for all of them
    variances: Floats  # (k,) of the effects


@dataclass(frozen=True, slots=True)
class Prior:
    """Row f of ``weights`` was learnt without the templates of fold f; the last from all."""

    weights: Floats  # (FOLDS + 1, dim), not shrunk
    slope: float  # predictions are multiplied by it; 0: embeddings say nothing
    penalty: float
    r2: float  # of the weighted variance within experiments of templates not learnt from
    template_ids: Ints  # (n,) those that were learnt from
    folds: Ints  # (n,)
    values: int

    def expects(self, template_id: int, embeddings: Floats) -> Floats:
        """What values (k, dim) add, in log-odds, with mean 0: (k,). Never from own clicks."""
        own = self.folds[self.template_ids == template_id]
        weights = self.weights[own[0] if len(own) else FOLDS]
        found: Floats = (embeddings - embeddings.mean(axis=0)) @ weights
        return self.slope * found


@dataclass(frozen=True, slots=True)
class _Examples:
    """Values of all experiments as rows, centred within each."""

    x: Floats  # (n, dim)
    y: Floats  # (n,)
    weight: Floats  # (n,)
    template: Ints  # (n,)
    fold: Ints  # (n,)
    free: int  # rows less the means that were taken out


def learn(experiments: Sequence[Experiment], fewest: int = FEWEST_TEMPLATES) -> Prior:
    """The prior of one account. Raises TooFewTemplates below ``fewest`` templates."""
    usable = [each for each in experiments if len(each.effects) > 1]
    templates = sorted({each.template_id for each in usable})
    if len(templates) < max(fewest, FOLDS):
        raise TooFewTemplates(
            f"{len(templates)} templates with counts: a content prior needs {max(fewest, FOLDS)}"
        )
    fold_of = _folds(templates)
    examples = _examples(usable, fold_of)
    parts = [_sums(examples, examples.fold == fold) for fold in range(FOLDS)]
    found = {each: _out_of_fold(examples, parts, each) for each in PENALTIES}
    penalty = max(PENALTIES, key=lambda each: _credit(examples, found[each], each))
    slope = _slope(examples, found[penalty])
    left_out = [[part for f, part in enumerate(parts) if f != fold] for fold in range(FOLDS)]
    weights = [_solve(some, penalty) for some in (*left_out, parts)]
    return Prior(
        weights=np.array(weights),
        slope=slope,
        penalty=penalty,
        r2=_explained(examples, slope * found[penalty]),
        template_ids=np.array(templates, np.int64),
        folds=np.array([fold_of[each] for each in templates], np.int64),
        values=len(examples.y),
    )


def _folds(templates: Sequence[int]) -> dict[int, int]:
    """Folds of equal size, the same ones every night as far as templates stay the same."""
    mixed = sorted(templates, key=lambda each: sha256(str(each).encode()).digest())
    return {each: place % FOLDS for place, each in enumerate(mixed)}


def _examples(some: Sequence[Experiment], fold_of: dict[int, int]) -> _Examples:
    weights = [1 / each.variances for each in some]
    return _Examples(
        np.concatenate([_centred(t.embeddings, w) for t, w in zip(some, weights, strict=True)]),
        np.concatenate([_centred(t.effects, w) for t, w in zip(some, weights, strict=True)]),
        np.concatenate(weights),
        np.concatenate([np.full(len(t.effects), t.template_id) for t in some]),
        np.concatenate([np.full(len(t.effects), fold_of[t.template_id]) for t in some]),
        sum(len(t.effects) - 1 for t in some),
    )


def _centred(rows: Floats, weights: Floats) -> Floats:
    return rows - np.average(rows, axis=0, weights=weights)


def _sums(examples: _Examples, rows: Bools) -> tuple[Floats, Floats]:
    """Weighted x'x (dim, dim) and x'y (dim,) of some rows."""
    weighted = examples.x[rows] * examples.weight[rows, None]
    return weighted.T @ examples.x[rows], weighted.T @ examples.y[rows]


def _solve(parts: Sequence[tuple[Floats, Floats]], penalty: float) -> Floats:
    xx = np.sum([part[0] for part in parts], axis=0)
    xy = np.sum([part[1] for part in parts], axis=0)
    return np.asarray(np.linalg.solve(xx + penalty * np.eye(len(xy)), xy))


def _out_of_fold(
    examples: _Examples, parts: Sequence[tuple[Floats, Floats]], penalty: float
) -> Floats:
    """Predictions of every row by the other folds, (n,)."""
    found = np.zeros(len(examples.y))
    for fold in range(FOLDS):
        weights = _solve([part for f, part in enumerate(parts) if f != fold], penalty)
        rows = examples.fold == fold
        found[rows] = examples.x[rows] @ weights
    return found


def _credit(examples: _Examples, found: Floats, penalty: float) -> float:
    """The log posterior of a penalty, up to a constant, by predictions out of fold."""
    missed = float((examples.weight * (examples.y - found) ** 2).sum())
    away = np.log(penalty / USUAL_PENALTY) / PENALTY_SD
    return float(-0.5 * examples.free * np.log(max(missed, 1e-12)) - 0.5 * away**2)


def _slope(examples: _Examples, found: Floats) -> float:
    """The slope of effects on predictions, 0 or more: measured, weighed against the usual one.

    Its standard error counts whole templates, whose values go wrong together.
    """
    spread = float((examples.weight * found**2).sum())
    if spread <= 0:
        return 0.0
    measured = float((examples.weight * examples.y * found).sum()) / spread
    scores = examples.weight * (examples.y - measured * found) * found
    _, own = np.unique(examples.template, return_inverse=True)
    variance = float((np.bincount(own.ravel(), scores) ** 2).sum()) / spread**2
    known, usual = 1 / max(variance, 1e-12), 1 / SLOPE_SD**2
    return max((known * measured + usual * USUAL_SLOPE) / (known + usual), 0.0)


def _explained(examples: _Examples, found: Floats) -> float:
    total = float((examples.weight * examples.y**2).sum())
    missed = float((examples.weight * (examples.y - found) ** 2).sum())
    return 1 - missed / total if total > 0 else 0.0
