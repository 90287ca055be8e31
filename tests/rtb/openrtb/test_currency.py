"""Conversion: exact, rounded once, and never below a floor."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.openrtb.currency import Rates, allowed

RATES = Rates({"USD": Decimal(1), "EUR": Decimal("0.92"), "JPY": Decimal("150.2")})
CODES = st.sampled_from(["USD", "EUR", "JPY"])
MICROS = st.integers(0, 10**13)


def test_it_converts_by_units_per_dollar():
    assert RATES.convert(1_000_000, "USD", "JPY") == 150_200_000
    assert RATES.convert(92, "EUR", "USD") == 100


def test_it_rounds_halves_up():
    rates = Rates({"USD": Decimal(1), "XTS": Decimal("0.5")})
    assert [rates.convert(micros, "USD", "XTS") for micros in (1, 2, 3)] == [1, 1, 2]


@pytest.mark.parametrize("strange", ["TYR", "US", "eurx", "$"])
def test_an_unknown_currency_converts_to_nothing(strange):
    assert RATES.convert(1, strange, "USD") is None
    assert RATES.convert_up(1.0, "USD", strange) is None
    assert RATES.in_units(1, strange, "EUR") is None
    assert not RATES.knows(strange)


def test_an_unknown_currency_is_still_itself():
    assert RATES.convert(7, "TYR", "TYR") == 7


@pytest.mark.parametrize("written", ["eur", " EUR ", "Eur"])
def test_the_case_of_a_currency_does_not_matter(written):
    assert RATES.convert(1_000_000, "USD", written) == 920_000


def test_an_empty_currency_is_the_dollar():
    assert RATES.convert(1_000_000, "", "EUR") == 920_000
    assert RATES.knows("")


@pytest.mark.parametrize("amount", [0.1, 0.29, 1.1, 2.675, 1_000_000.000001])
def test_a_floor_in_the_same_currency_is_what_it_says(amount):
    assert RATES.convert_up(amount, "USD", "USD") == Decimal(str(amount)) * 1_000_000


def test_a_floor_is_rounded_up():
    assert RATES.convert_up(0.000_000_1, "USD", "USD") == 1
    assert RATES.convert_up(1.0, "EUR", "USD") == 1_086_957  # 1.0869565...


def test_a_bid_has_at_most_six_decimals():
    assert RATES.in_units(1_234_567, "USD", "USD") == 1.234567
    assert RATES.in_units(1_000_000, "EUR", "USD") == 1.086957


@given(MICROS, CODES, CODES)
def test_there_and_back_is_within_what_rounding_costs(micros, source, target):
    there = RATES.convert(micros, source, target)
    assert there is not None
    back = RATES.convert(there, target, source)
    lost = Fraction(1, 2) * Fraction(str(RATES.convert(10**12, target, source))) / 10**12
    assert back is not None
    assert abs(back - micros) <= lost + 1


@given(MICROS, MICROS, CODES, CODES)
def test_more_is_never_worth_less(one, other, source, target):
    less, more = sorted([one, other])
    assert RATES.convert(less, source, target) <= RATES.convert(more, source, target)  # type: ignore[operator]
    assert RATES.convert_up(less / 1e6, source, target) <= RATES.convert_up(  # type: ignore[operator]
        more / 1e6, source, target
    )


@given(st.integers(1, 10**10), CODES, CODES)
def test_a_bid_at_the_floor_is_not_below_it(micros, of_floor, of_account):
    """The floor in our currency, and back in the floor's."""
    floor = micros / 1_000_000
    ours = RATES.convert_up(floor, of_floor, of_account)
    assert ours is not None
    bid = RATES.in_units(ours, of_account, of_floor)
    assert bid is not None
    assert bid >= floor


@given(MICROS, CODES, CODES)
def test_rounding_up_is_at_most_a_micro_above_the_exact_value(micros, source, target):
    exact = Fraction(micros) * RATES._units[target] / RATES._units[source]
    found = RATES.in_units(micros, source, target)
    assert found is not None
    assert exact <= round(found * 1_000_000) < exact + 1


def test_a_bid_may_be_in_the_currencies_that_the_request_names():
    assert allowed(("eur", "USD", "EUR")) == ("EUR", "USD")


@pytest.mark.parametrize("named", [(), ("",)])
def test_a_request_that_names_none_means_dollars(named):
    assert allowed(named) == ("USD",)
