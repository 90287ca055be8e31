"""Counts of many rounds as one (pure)."""

from collections.abc import Sequence

import numpy as np

from optimization.problem import Counts, Floats


def merged(rounds: Sequence[Counts], components: int, discount: float = 1.0) -> Counts:
    """All rounds in one, oldest first; same combinations and segments are added up.

    Trials and successes weigh ``discount`` less with every later round; of how many rounds a row
    is made is not discounted.
    """
    weights = [discount ** (len(rounds) - 1 - place) for place in range(len(rounds))]
    keys = np.concatenate(
        [np.zeros((0, components + 1), np.int64)]
        + [np.column_stack([each.segment, each.values]) for each in rounds]
    )
    rows, place = np.unique(keys, axis=0, return_inverse=True)

    def total(numbers: list[Floats]) -> Floats:
        found = np.concatenate([np.zeros(0), *numbers])
        return np.bincount(place.ravel(), weights=found, minlength=len(rows)).astype(np.float64)

    return Counts(
        values=rows[:, 1:],
        segment=rows[:, 0],
        trials=total([w * each.trials for w, each in zip(weights, rounds, strict=True)]),
        successes=total([w * each.successes for w, each in zip(weights, rounds, strict=True)]),
        rounds=total([each.rounds for each in rounds]),
    )
