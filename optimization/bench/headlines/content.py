"""What a content prior expects of each test that it was not trained on (pure).

The platform's own prior (optimization/prior): each test is an experiment of one component.
"""

import numpy as np

from optimization.bench.headlines.recorded import Recorded
from optimization.prior.effects import OVERDISPERSION
from optimization.prior.ridge import Experiment, Prior, TooFewTemplates, learn
from optimization.problem import Bools, Floats


def expected(recorded: Recorded, vectors: dict[str, Floats]) -> Floats:
    """Log-odds of each headline against its test, from other tests only; 0 for a few tests."""
    result = np.zeros(recorded.there.shape)
    tests = [np.array([vectors[text] for text in texts]) for texts in recorded.texts]
    prior = _prior(recorded, tests)
    if prior is not None:
        for t, rows in enumerate(tests):
            result[t, : len(rows)] = prior.expects(t, rows)
    return result


def explained(recorded: Recorded, prediction: Floats) -> float:
    """Weighted share of the recorded within-test variance that the prediction explains."""
    weight, log_odds = _evidence(recorded)
    left = _centred(log_odds - prediction, weight, recorded.there)
    all_of_it = _centred(log_odds, weight, recorded.there)
    return 1 - float((weight * left**2).sum() / (weight * all_of_it**2).sum())


def _prior(recorded: Recorded, tests: list[Floats]) -> Prior | None:
    weight, log_odds = _evidence(recorded)
    experiments = [
        Experiment(t, rows, log_odds[t, : len(rows)], 1 / weight[t, : len(rows)])
        for t, rows in enumerate(tests)
    ]
    try:
        return learn(experiments)
    except TooFewTemplates:
        return None


def _evidence(recorded: Recorded) -> tuple[Floats, Floats]:
    clicks, shown = recorded.clicks, recorded.impressions
    weight = recorded.there / (1 / (clicks + 0.5) + OVERDISPERSION**2)
    return weight, np.log((clicks + 0.5) / (shown - clicks + 0.5))


def _centred(values: Floats, weight: Floats, there: Bools) -> Floats:
    middle = (weight * values).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    return np.where(there, values - middle, 0.0)
