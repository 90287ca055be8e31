"""What a ridge on headlines' embeddings expects of each test that it was not trained on (pure).

Reference section 2.8: within-test-centred log-odds on within-test-centred embeddings, weighted by
what is known of each; folds grouped by test; penalty and slope by inner folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.bench.headlines.recorded import Recorded
from optimization.problem import Bools, Floats, Ints

FOLDS = 5
PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
OVERDISPERSION = 0.11


@dataclass(frozen=True, slots=True)
class Examples:
    """Headlines of all tests as rows, centred within their test."""

    x: Floats  # (n, dim)
    y: Floats  # (n,)
    weight: Floats  # (n,)
    fold: Ints  # (n,)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one fold: weighted x'x and x'y."""

    xx: Floats  # (dim, dim)
    xy: Floats  # (dim,)


def expected(recorded: Recorded, vectors: dict[str, Floats], rng: np.random.Generator) -> Floats:
    """Log-odds of each headline against its test, ``(T, A)``, from the other folds' tests only."""
    examples = _examples(recorded, vectors, rng)
    sums = [_sums(examples, examples.fold == fold) for fold in range(FOLDS)]
    found = np.zeros(len(examples.y))
    for fold in range(FOLDS):
        others = [each for each in range(FOLDS) if each != fold]
        penalty, slope = _choose(examples, sums, others)
        rows = examples.fold == fold
        found[rows] = slope * (examples.x[rows] @ _solve([sums[each] for each in others], penalty))
    result = np.zeros(recorded.there.shape)
    result[recorded.there] = found
    return result


def explained(recorded: Recorded, prediction: Floats) -> float:
    """Weighted share of the recorded within-test variance that the prediction explains."""
    weight, log_odds = _evidence(recorded)
    left = _centred(log_odds - prediction, weight, recorded.there)
    all_of_it = _centred(log_odds, weight, recorded.there)
    return 1 - float((weight * left**2).sum() / (weight * all_of_it**2).sum())


def _evidence(recorded: Recorded) -> tuple[Floats, Floats]:
    clicks, shown = recorded.clicks, recorded.impressions
    weight = recorded.there / (1 / (clicks + 0.5) + OVERDISPERSION**2)
    return weight, np.log((clicks + 0.5) / (shown - clicks + 0.5))


def _centred(values: Floats, weight: Floats, there: Bools) -> Floats:
    middle = (weight * values).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    return np.where(there, values - middle, 0.0)


def _examples(recorded: Recorded, vectors: dict[str, Floats], rng: np.random.Generator) -> Examples:
    weight, log_odds = _evidence(recorded)
    folds = rng.permutation(len(recorded.texts)) % FOLDS
    x = []
    for t, texts in enumerate(recorded.texts):
        rows = np.array([vectors[text] for text in texts])
        x.append(rows - np.average(rows, axis=0, weights=weight[t, : len(texts)]))
    there = recorded.there
    return Examples(
        x=np.vstack(x),
        y=_centred(log_odds, weight, there)[there],
        weight=weight[there],
        fold=np.repeat(folds, there.sum(axis=1)),
    )


def _sums(examples: Examples, rows: Bools) -> Sums:
    weighted = examples.x[rows] * examples.weight[rows, None]
    return Sums(weighted.T @ examples.x[rows], weighted.T @ examples.y[rows])


def _solve(sums: Sequence[Sums], penalty: float) -> Floats:
    xx = sum((each.xx for each in sums), np.zeros_like(sums[0].xx))
    xy = sum((each.xy for each in sums), np.zeros_like(sums[0].xy))
    return np.linalg.solve(xx + penalty * np.eye(len(xy)), xy).astype(np.float64)


def _choose(examples: Examples, sums: list[Sums], folds: list[int]) -> tuple[float, float]:
    """The penalty with the least error in inner folds, and the slope that shrinks it."""
    scored = [(_inner_error(examples, sums, folds, each), each) for each in PENALTIES]
    (_, slope), penalty = min(scored)
    return penalty, slope


def _inner_error(
    examples: Examples, sums: list[Sums], folds: list[int], penalty: float
) -> tuple[float, float]:
    product = square = error = 0.0
    for fold in folds:
        rows = examples.fold == fold
        beta = _solve([sums[each] for each in folds if each != fold], penalty)
        found, weight, y = examples.x[rows] @ beta, examples.weight[rows], examples.y[rows]
        product += float((weight * found * y).sum())
        square += float((weight * found**2).sum())
        error += float((weight * (y - found) ** 2).sum())
    return error, max(0.0, product / square) if square > 0 else 0.0
