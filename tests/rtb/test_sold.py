"""What notice URLs carry."""

from base64 import urlsafe_b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import impression_cost
from adplatform.tokens import BadToken, Purpose, sign
from rtb.links import notice_urls
from rtb.sold import MAX_QUANTITY, Sold, cost_of, quantity_of, seal, sold_of, unseal
from tests.rtb.offers import KEYRING, NOW, SITE, offer, request, sold

LONG_BASE = f"https://{'a' * 60}.example.com"
WHOLE = st.integers(0, 2**53)
TEXT = st.text(max_size=300)
SOLD = st.builds(
    Sold,
    rtb_id=st.text("0123456789abcdef", min_size=24, max_size=24),
    **dict.fromkeys(
        ("tenant_id", "ssp_id", "campaign_id", "line_item_id", "creative_id", "template_id"), WHOLE
    ),
    **dict.fromkeys(("auction_id", "imp_id", "currency", "day", "format"), TEXT),
    **dict.fromkeys(("bid_micros", "price_micros", "value_micros", "floor_micros"), WHOLE),
    segment_id=WHOLE,
    bid_at=st.integers(0, 2**31),
)


@given(SOLD)
def test_what_is_sealed_is_what_is_found(made):
    found, expired = unseal(seal(made, SITE), now=made.bid_at, keyring=KEYRING)
    assert found == made
    assert not expired


@given(SOLD, st.integers(0), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_changed_token_is_none(made, at, char):
    token = seal(made, SITE)
    at %= len(token)
    changed = token[:at] + char + token[at + 1 :]
    if changed != token:
        with pytest.raises(BadToken):
            unseal(changed, now=made.bid_at, keyring=KEYRING)


def test_a_token_of_another_purpose_or_shape_is_none():
    other = sign(Purpose.EVENT, b"\x90", expires_at=2**31, keyring=KEYRING)
    misshapen = sign(Purpose.NOTICE, b"\x90", expires_at=2**31, keyring=KEYRING)
    for token in (other, misshapen, "", "k1", "k1.a.b", "é"):
        with pytest.raises(BadToken):
            unseal(token, now=0, keyring=KEYRING)


def test_its_time_is_over_after_a_day():
    made = sold()
    assert not unseal(seal(made, SITE), now=made.bid_at + 86_399, keyring=KEYRING)[1]
    assert unseal(seal(made, SITE), now=made.bid_at + 86_400, keyring=KEYRING)[1]


def test_the_longest_urls_stay_below_a_thousand_characters():
    made = offer(
        {"id": "i" * 500},
        rtb_id="f" * 24,
        deal_id="d" * 500,
        inventory="n" * 500,
        price=2**40,
        value=2**40,
        floor=2**40,
        bid_price=1_000_000.0,
        shading="explored",
    )
    bought = sold_of(made, auction_id="a" * 500, ssp_id=2**31, bid_at=2**31)
    urls = notice_urls(LONG_BASE, seal(bought, SITE))
    assert max(map(len, (urls.win, urls.bill, urls.loss))) < 1000


def test_an_exchange_cannot_read_what_its_bid_was_worth_to_us():
    """Nor whether it was shaded, or which segment it was for: base64 is no secret."""
    made = offer(value=987_654_321, shading="explored")
    token = seal(sold_of(made, auction_id="a-readable-id", ssp_id=1, bid_at=1), SITE)
    body = urlsafe_b64decode(token.split(".")[1] + "==")
    for said in (b"explored", b"a-readable-id", (987_654_321).to_bytes(4, "big")):
        assert said not in body


def test_no_two_bids_are_hidden_alike():
    tokens = [seal(sold(rtb_id=rtb_id), SITE).split(".")[1] for rtb_id in ("a" * 24, "b" * 24)]
    one, other = (urlsafe_b64decode(each + "==")[4:] for each in tokens)
    assert sum(a == b for a, b in zip(one, other, strict=True)) < len(one) // 8


def test_a_notice_names_no_user():
    bought = sold_of(offer(user_id="u-1"), auction_id="a", ssp_id=1, bid_at=1)
    assert "u-1" not in str(bought)


def test_the_macros_of_the_urls_are_not_encoded():
    urls = notice_urls("https://ads.example", "TOKEN")
    assert urls.win == (
        "https://ads.example/rtb/win?t=TOKEN&price=${AUCTION_PRICE}&mtw=${AUCTION_MIN_TO_WIN}"
    )
    assert urls.bill == (
        "https://ads.example/rtb/bill?t=TOKEN"
        "&price=${AUCTION_PRICE}&cur=${AUCTION_CURRENCY}&mult=${AUCTION_MULTIPLIER}"
    )
    assert urls.loss == (
        "https://ads.example/rtb/loss?t=TOKEN"
        "&reason=${AUCTION_LOSS}&price=${AUCTION_PRICE}&mtw=${AUCTION_MIN_TO_WIN}"
    )


def test_a_sale_remembers_both_prices_and_the_day():
    made = offer(price=2_000_000, bid_price=2.2, currency="EUR", day="2026-11-20")
    bought = sold_of(made, auction_id="a", ssp_id=1, bid_at=int(NOW.timestamp()))
    assert (bought.bid_micros, bought.price_micros) == (2_200_000, 2_000_000)
    assert (bought.currency, bought.day) == ("EUR", "2026-11-20")


@pytest.mark.parametrize(
    ("multiplier", "thousandths"), [(None, 1000), (0, 1000), (1, 1000), (14.2, 14_200), (1e-9, 1)]
)
def test_a_screen_in_a_street_sells_many_impressions_at_once(multiplier, thousandths):
    imp = request({"qty": {"multiplier": multiplier, "sourcetype": 1}}).imp[0]
    assert quantity_of(imp) == thousandths


def test_no_multiplier_is_beyond_all_bounds():
    assert quantity_of(request({"qty": {"multiplier": 1e300}}).imp[0]) <= MAX_QUANTITY


@given(st.integers(0, 2**53))
def test_one_impression_costs_what_it_costs_everywhere(cpm):
    assert cost_of(cpm) == impression_cost(cpm)


@given(st.integers(0, 2**40), st.integers(0, 2**40), st.integers(1, MAX_QUANTITY))
def test_a_lower_price_never_costs_more(one, other, quantity):
    low, high = sorted((one, other))
    assert cost_of(low, quantity) <= cost_of(high, quantity)
