"""Money: integers only, rounding said out loud."""

from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros, from_cents, impression_cost, to_cents


@given(cents=st.integers(-(10**12), 10**12))
def test_cents_survive_the_way_to_micros_and_back(cents):
    assert to_cents(from_cents(cents)) == cents


@given(micros=st.integers(-(10**15), 10**15))
def test_rounding_to_cents_is_symmetric_and_off_by_half_a_cent_at_most(micros):
    cents = to_cents(Micros(micros))
    assert to_cents(Micros(-micros)) == -cents
    assert abs(from_cents(cents) - micros) <= 5_000


@given(cpm=st.integers(0, 10**12))
def test_a_thousand_impressions_cost_the_cpm_within_rounding(cpm):
    assert abs(impression_cost(Micros(cpm)) * 1000 - cpm) <= 500


def test_an_impression_at_250_cents_cpm_costs_2500_micros():
    assert impression_cost(from_cents(250)) == 2_500
