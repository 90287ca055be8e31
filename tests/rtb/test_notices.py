"""What notices say, before anything is booked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.losses import words_of
from rtb.notices import Kind, Remark, read
from tests.rtb.offers import sold

EURO = {"currency": "EUR", "bid_micros": 2_000_000, "price_micros": 2_200_000}


def bill(price="", **query):
    return read(Kind.BILL, sold(**query.pop("sold", {})), {"price": price, **query})


@pytest.mark.parametrize(
    ("price", "paid"),
    [
        ("2.5", 2_500_000),
        ("2.50", 2_500_000),
        ("1", 1_000_000),
        ("1.", 1_000_000),
        (".5", 500_000),
        ("+0.75", 750_000),
        ("0", 0),
        ("0.0000004", 0),
        ("0.0000005", 1),
        ("1.0E-4", 100),
        ("1.5e0", 1_500_000),
        ("2.4999999", 2_500_000),
    ],
)
def test_a_price_is_a_cpm_in_units(price, paid):
    notice = bill(price)
    assert (notice.paid, notice.remarks) == (paid, ())


@pytest.mark.parametrize(
    "price",
    [
        "",
        "${AUCTION_PRICE}",
        "${AUCTION_PRICE:B64}",
        "abc",
        "-1",
        "NaN",
        "inf",
        "Infinity",
        "1,5",
        "0x10",
        "1 000",
        "1e999",
        "٢",
        "9" * 400,
        "null",
        "{}",
    ],
)
def test_a_price_that_cannot_be_used_costs_what_was_bid(price):
    notice = bill(price)
    assert (notice.paid, notice.remarks) == (2_500_000, (Remark.PRICE_UNKNOWN,))


@pytest.mark.parametrize("price", ["2.500001", "250", "1e99", "999999999999"])
def test_a_price_above_the_bid_costs_what_was_bid(price):
    notice = bill(price)
    assert (notice.paid, notice.remarks) == (2_500_000, (Remark.PRICE_ABOVE_BID,))


def test_prices_are_converted_at_the_rate_of_the_bid():
    assert bill("1.00", cur="EUR", sold=EURO).paid == 1_100_000
    assert bill("2.00", cur="eur", sold=EURO).paid == 2_200_000


def test_a_price_in_another_currency_costs_what_was_bid():
    notice = bill("1.00", cur="USD", sold=EURO)
    assert (notice.paid, notice.remarks) == (2_200_000, (Remark.OTHER_CURRENCY,))


@pytest.mark.parametrize("cur", ["", "${AUCTION_CURRENCY}"])
def test_a_currency_that_is_not_said_is_ours(cur):
    assert bill("1.00", cur=cur, sold=EURO).remarks == ()


@pytest.mark.parametrize(
    ("mult", "thousandths"),
    [("", 3000), ("${AUCTION_MULTIPLIER}", 3000), ("0", 3000), ("2", 2000), ("0.5", 500)],
)
def test_the_quantity_is_the_notices_else_the_requests(mult, thousandths):
    notice = bill("1", mult=mult, sold={"quantity": 3000})
    assert (notice.quantity, notice.remarks) == (thousandths, ())


def test_a_quantity_above_the_requests_is_the_requests():
    notice = bill("1", mult="4", sold={"quantity": 3000})
    assert (notice.quantity, notice.remarks) == (3000, (Remark.QUANTITY_ABOVE_BID,))


@pytest.mark.parametrize("kind", Kind)
def test_an_audit_is_not_booked(kind):
    notice = read(kind, sold(), {"price": "AUDIT", "mtw": "AUDIT", "reason": "AUDIT"})
    assert not notice.is_booked
    assert (notice.paid, notice.remarks) == (0, (Remark.AUDIT,))


def test_a_win_says_its_price_and_what_would_have_done():
    notice = read(Kind.WIN, sold(**EURO), {"price": "1.5", "mtw": "1.2"})
    assert (notice.paid, notice.min_to_win) == (1_650_000, 1_320_000)


@pytest.mark.parametrize(
    ("auction_type", "query", "to_win"),
    [
        (1, {"mtw": "3.1", "price": "3.0"}, 3_100_000),
        (1, {"mtw": "${AUCTION_MIN_TO_WIN}", "price": "3.0"}, 3_000_000),
        (1, {"mtw": "", "price": ""}, 0),
        (2, {"mtw": "", "price": "3.0"}, 0),  # the winner paid the second price, which is less
    ],
)
def test_a_loss_says_what_it_took_to_win(auction_type, query, to_win):
    notice = read(Kind.LOSS, sold(auction_type=auction_type), {"reason": "102", **query})
    assert (notice.min_to_win, notice.loss_code, notice.paid) == (to_win, 102, 0)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("102", 102),
        ("0", 0),
        ("99999", 10_000),
        ("", None),
        ("${AUCTION_LOSS}", None),
        ("-1", None),
    ],
)
def test_a_loss_code_is_a_number_or_not_said(reason, code):
    assert read(Kind.LOSS, sold(), {"reason": reason}).loss_code == code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (None, "not_said"),
        (102, "lost_to_higher_bid"),
        (300, "unknown_code"),
        (1001, "exchange_specific"),
    ],
)
def test_loss_codes_have_words(code, words):
    assert words_of(code) == words


@given(
    st.sampled_from(Kind),
    st.dictionaries(st.sampled_from(["price", "mtw", "cur", "mult", "reason"]), st.text()),
    st.integers(0, 2**53),
    st.integers(0, 2**53),
)
def test_no_notice_ever_costs_more_than_was_bid(kind, query, bid_micros, price_micros):
    made = sold(bid_micros=bid_micros, price_micros=price_micros, quantity=2500)
    notice = read(kind, made, query)
    assert 0 <= notice.paid <= price_micros
    assert 0 < notice.quantity <= 2500


@given(st.decimals(0, 10, places=7, allow_nan=False), st.integers(1, 10**8))
def test_paying_the_bid_costs_the_bid_and_less_costs_no_more(price, price_micros):
    made = sold(bid_micros=5_000_000, price_micros=price_micros)
    assert read(Kind.BILL, made, {"price": "5.0"}).paid == price_micros
    assert read(Kind.BILL, made, {"price": str(price)}).paid <= price_micros


def test_every_remark_is_documented():
    text = (Path(__file__).parents[2] / "docs" / "bid-responses.md").read_text("utf-8")
    assert [remark.value for remark in Remark if f"`{remark.value}`" not in text] == []
