"""What each value did, the others' part taken out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.prior.effects import OVERDISPERSION, effects
from optimization.problem import Counts


def counts(values, trials, successes, segment=None):
    n = len(values)
    return Counts(
        np.asarray(values, np.int64),
        np.zeros(n, np.int64) if segment is None else np.asarray(segment, np.int64),
        np.asarray(trials, float),
        np.asarray(successes, float),
        np.ones(n),
    )


def test_of_one_component_it_is_the_reference_s_formula():
    (found,) = effects(counts([[0], [1]], [10_000, 10_000], [100, 200]), (2,))
    assert found.effects[1] - found.effects[0] == pytest.approx(np.log(200.5 / 100.5), abs=0.01)
    assert found.variances[0] == pytest.approx(1 / 100.5 + OVERDISPERSION**2)


def test_a_value_is_not_credited_with_the_company_it_keeps():
    """Of two headlines that do the same, one is shown with the better picture nine times in ten."""
    rate = {(h, p): 0.02 * (2 if p else 1) for h in (0, 1) for p in (0, 1)}
    shown = {(0, 0): 9e5, (0, 1): 1e5, (1, 0): 1e5, (1, 1): 9e5}
    data = counts(list(shown), list(shown.values()), [shown[x] * rate[x] for x in shown])
    headline, picture = effects(data, (2, 2))
    assert headline.effects[1] - headline.effects[0] == pytest.approx(0, abs=0.02)
    assert picture.effects[1] - picture.effects[0] == pytest.approx(np.log(2), abs=0.02)


def test_a_segment_s_level_is_not_credited_either():
    data = counts([[0], [1], [0], [1]], [9e5, 1e5, 1e5, 9e5], [9e3, 1e3, 4e3, 36e3], [0, 0, 1, 1])
    (found,) = effects(data, (2,))
    assert found.effects[1] - found.effects[0] == pytest.approx(0, abs=0.02)


def test_values_without_trials_are_left_out():
    first, second = effects(counts([[0, 1], [2, 1]], [100, 100], [1, 3]), (4, 2))
    assert first.values.tolist() == [0, 2]
    assert second.values.tolist() == [1]


@pytest.mark.parametrize("sizes", [(1,), (3, 2)])
def test_no_rows_have_no_effects(sizes):
    found = effects(counts(np.zeros((0, len(sizes))), [], []), sizes)
    assert all(not len(each.values) for each in found)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 10**6), st.floats(0, 1)),
        min_size=1,
        max_size=20,
    )
)
def test_any_counts_give_finite_numbers(rows):
    data = counts(
        [row[:2] for row in rows], [row[2] for row in rows], [row[2] * row[3] for row in rows]
    )
    for found in effects(data, (4, 3)):
        assert np.isfinite(found.effects).all()
        assert (found.variances > 0).all()
