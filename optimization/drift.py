"""How fast what was learnt grows old: the discount of counts per round (pure).

docs/optimiser.md: chosen by how well the counts of one round are predicted
from those before it. Forgetting a world that stands still costs a lot, so 1 is the default and
another factor must be clearly better.
"""

from collections.abc import Sequence

import numpy as np

from optimization.engines.tab.covariance import Shape, shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.laplace import likelihood
from optimization.engines.tab.posterior import fit, mean
from optimization.engines.tab.rows import Rows, rows
from optimization.engines.tab.tables import at
from optimization.problem import Counts, NotSolved, Texts
from optimization.rounds import merged

FACTORS = (1.0, 0.9, 0.75)
LOOKED_AT = 8  # of the last rounds, those that are predicted
CLEARLY = 2.0  # log-likelihood by which a factor below 1 must win
PREDICT_ROWS = 500


def discount(
    history: Sequence[Counts], sizes: tuple[int, ...], segments: int, texts: Texts
) -> float:
    """The factor of FACTORS that predicts the last rounds of ``history``, oldest first, best.

    1 with fewer than three rounds, or where none is better by CLEARLY.
    """
    if len(history) < 3:  # noqa: PLR2004
        return FACTORS[0]
    tables = shape(sizes, segments, texts.embeddings)
    scores = [_predicted(history, tables, texts, factor) for factor in FACTORS]
    best = int(np.argmax(scores))
    return FACTORS[best] if scores[best] > scores[0] + CLEARLY else FACTORS[0]


def _predicted(history: Sequence[Counts], tables: Shape, texts: Texts, factor: float) -> float:
    """Log-likelihood of each of the last rounds under what the rounds before it say, summed."""
    total = 0.0
    for i in range(max(1, len(history) - LOOKED_AT), len(history)):
        before = rows(merged(history[:i], len(tables.sizes), factor), texts.expected, PREDICT_ROWS)
        following = rows(history[i], texts.expected)
        if len(following.x) and len(before.x):
            total += _score(tables, before, following)
    return total


def _score(tables: Shape, before: Rows, following: Rows) -> float:
    hypers = Hypers.default(len(tables.sizes))
    try:
        log_odds = at(mean(fit(tables, hypers, before)), following.x)[:, 0]
    except NotSolved:
        return -np.inf
    return likelihood(following.successes, following.trials, log_odds.astype(np.float64))
