"""Macros of notices and markup."""

from hypothesis import given
from hypothesis import strategies as st

from rtb.exchange.macros import for_audit, price, substitute, unknown_macros


def test_values_are_put_in_and_unknown_ones_become_empty():
    url = "https://a.example/w?p=${AUCTION_PRICE}&m=${AUCTION_MIN_TO_WIN}"
    assert substitute(url, {"AUCTION_PRICE": "1.5"}) == "https://a.example/w?p=1.5&m="


def test_an_encoded_price_is_base64():
    assert substitute("${AUCTION_PRICE:B64}", {"AUCTION_PRICE": "1.5"}) == "MS41"


def test_an_audit_says_so_everywhere():
    assert for_audit("p=${AUCTION_PRICE}&i=${AUCTION_ID}") == "p=AUDIT&i=AUDIT"


def test_it_knows_which_macros_no_exchange_replaces():
    assert unknown_macros("${AUCTION_PRICE}${AUCTION_PRIZE}${X}") == ["AUCTION_PRIZE", "X"]


@given(st.floats(0, 10_000, allow_nan=False))
def test_a_price_is_plain_decimals(amount):
    text = price(amount)
    assert "e" not in text
    assert abs(float(text) - amount) < 1e-6
