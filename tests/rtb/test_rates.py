"""Predicted rates: shrunk towards account and line item."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.rates import DEFAULT_CTR, UNKNOWN, Beta, Counts, learn, prior_of

DEFAULT = Beta(*DEFAULT_CTR)


def test_a_new_line_item_has_the_rates_of_its_account():
    predicted = learn({1: Counts(100_000, 1_000, 50), 2: Counts(100_000, 1_000, 50)})
    assert predicted.rates(3).ctr == pytest.approx(0.01, rel=0.02)
    assert predicted.rates(3).cvr == pytest.approx(0.05, rel=0.05)


def test_a_new_account_has_modest_rates():
    assert learn({}).rates(1) == UNKNOWN.rates(1)
    assert 0 < UNKNOWN.rates(1).ctr < 0.001


def test_a_lucky_start_is_pulled_towards_the_account():
    line_items = {n: Counts(50_000, 50, 0) for n in range(1, 6)} | {9: Counts(10, 5, 0)}
    assert learn(line_items).rates(9).ctr < 0.05


def test_a_line_item_with_much_evidence_keeps_its_own_rate():
    line_items = {n: Counts(100_000, 100 * n, 0) for n in range(1, 6)}
    assert learn(line_items).rates(5).ctr == pytest.approx(0.005, rel=0.03)


def test_a_segments_rate_starts_at_its_line_items():
    predicted = learn(
        {1: Counts(100_000, 1_000, 10)},
        {(1, 7): Counts(4, 4, 0), (1, 8): Counts(1_000_000, 50_000, 500)},
    )
    own = predicted.rates(1).ctr
    assert own < predicted.rates(1, 7).ctr < 1.5 * own
    assert predicted.rates(1, 8).ctr == pytest.approx(0.05, rel=0.02)
    assert predicted.rates(1, 99) == predicted.rates(1)


def test_line_items_that_are_alike_make_a_strong_prior_and_others_a_weak_one():
    alike = prior_of([(100, 10_000), (101, 10_000), (99, 10_000)], DEFAULT, 20)
    unlike = prior_of([(10, 10_000), (1_000, 10_000), (100, 10_000)], DEFAULT, 20)
    assert alike.strength > 50 * unlike.strength


@given(
    st.dictionaries(
        st.integers(1, 9),
        st.builds(Counts, *(st.integers(0, 10**6) for _ in range(3))),
        max_size=6,
    )
)
def test_rates_are_probabilities_whatever_was_counted(line_items):
    predicted = learn(line_items)
    for rates in (*predicted.line_items.values(), predicted.account):
        assert 0 < rates.ctr < 1
        assert 0 < rates.cvr < 1
