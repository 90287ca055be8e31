"""Rounds added up, later ones weighing more where asked."""

import numpy as np

from optimization.problem import Counts
from optimization.rounds import merged


def _counts(values, trials, successes) -> Counts:
    rows = np.array(values, np.int64)
    zeros = np.zeros(len(rows), np.int64)
    return Counts(
        rows, zeros, np.array(trials, float), np.array(successes, float), np.ones(len(rows))
    )


def test_rows_of_one_combination_are_added():
    found = merged([_counts([[0, 1]], [10], [1]), _counts([[0, 1], [1, 1]], [5, 7], [2, 0])], 2)
    assert found.values.tolist() == [[0, 1], [1, 1]]
    assert found.trials.tolist() == [15, 7]
    assert found.successes.tolist() == [3, 0]
    assert found.rounds.tolist() == [2, 1]


def test_nothing_played_is_no_row():
    assert merged([], 3).values.shape == (0, 3)


def test_a_round_weighs_less_with_every_later_one():
    found = merged([_counts([[0, 0]], [100], [10])] * 3, 2, discount=0.5)
    assert found.trials.tolist() == [175]
    assert found.successes.tolist() == [17.5]
    assert found.rounds.tolist() == [3]
