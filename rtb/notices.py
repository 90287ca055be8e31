"""What a win, billing or loss notice says (pure): prices read leniently, booked strictly.

Nothing but the token is signed: a price, a currency or a multiplier is whatever the caller wrote.
So no notice costs more than was bid, and one without a usable price costs what was bid.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from adplatform.money import MICROS_PER_UNIT, Micros
from rtb.losses import MAX_CODE
from rtb.records import ID_MAX
from rtb.sold import QUANTITY_ONE, Sold

AUDIT: Final = "AUDIT"  # OpenRTB 2.6 section 4.4: a rendering for ad quality, not for a person
FIRST_PRICE: Final = 1
NOTHING: Final = Micros(0)
_NUMBER = re.compile(r"\+?(?:\d{1,12}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_CODE = re.compile(r"\d{1,5}", re.ASCII)


class Kind(StrEnum):
    """The three notices of OpenRTB 2.6: nurl, burl and lurl."""

    WIN = "win"
    BILL = "bill"
    LOSS = "loss"


class Remark(StrEnum):
    """What is worth counting about a notice."""

    BAD_TOKEN = "bad_token"  # noqa: S105 - nothing is booked, the answer is 404
    EXPIRED = "expired"  # nothing is booked
    AUDIT = "audit"  # nothing is booked
    TEST = "test"  # the bid was for a test request; nothing is booked
    HEAD = "head"  # nothing is booked
    PRICE_UNKNOWN = "price_unknown"  # booked at our bid
    PRICE_ABOVE_BID = "price_above_bid"  # booked at our bid
    OTHER_CURRENCY = "other_currency"  # the price is in no currency that we bid in: our bid
    QUANTITY_ABOVE_BID = "quantity_above_bid"  # booked for as many as the request said
    LATE = "late"  # booked after its hold had expired
    DUPLICATE = "duplicate"  # booked before
    LEDGER_AWAY = "ledger_away"  # the event is booked, the ledger learns of it from there


@dataclass(frozen=True, slots=True)
class Notice:
    """CPM in the account's currency; ``paid`` and ``quantity`` are never above those of the bid."""

    kind: Kind
    paid: Micros = NOTHING
    quantity: int = QUANTITY_ONE  # thousandths of impressions
    min_to_win: Micros = NOTHING  # when not said
    loss_code: int | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def is_booked(self) -> bool:
        return Remark.AUDIT not in self.remarks


def read(kind: Kind, sold: Sold, query: Mapping[str, str]) -> Notice:
    """The notice of ``kind`` about a bid, with its macros as the exchange has filled them."""
    price, mtw = query.get("price", ""), query.get("mtw", "")
    if AUDIT in (price, mtw, query.get("reason")):
        return Notice(kind, remarks=(Remark.AUDIT,))
    if kind is Kind.LOSS:
        return _loss(sold, price, mtw, query.get("reason", ""))
    paid, remarks = _paid(sold, price, query.get("cur", ""))
    if kind is Kind.WIN:
        return Notice(kind, paid=paid, min_to_win=_converted(sold, _micros(mtw)))
    quantity = _quantity(sold, query.get("mult", ""))
    if quantity > sold.quantity:
        quantity, remarks = sold.quantity, (*remarks, Remark.QUANTITY_ABOVE_BID)
    return Notice(kind, paid=paid, quantity=quantity, remarks=remarks)


def _loss(sold: Sold, price: str, mtw: str, reason: str) -> Notice:
    """In a first-price auction the winner's price is what it took to win."""
    code = int(reason) if _CODE.fullmatch(reason) else None
    to_win = _micros(mtw)
    if to_win is None and sold.auction_type == FIRST_PRICE:
        to_win = _micros(price)
    return Notice(
        Kind.LOSS,
        min_to_win=_converted(sold, to_win),
        loss_code=None if code is None else min(code, MAX_CODE),
    )


def _paid(sold: Sold, price: str, currency: str) -> tuple[Micros, tuple[Remark, ...]]:
    bid = Micros(sold.price_micros)
    if currency.isalpha() and currency.upper() != sold.currency.upper():
        return bid, (Remark.OTHER_CURRENCY,)
    cleared = _micros(price)
    if cleared is None:
        return bid, (Remark.PRICE_UNKNOWN,)
    if cleared > sold.bid_micros:
        return bid, (Remark.PRICE_ABOVE_BID,)
    return _converted(sold, cleared), ()


def _quantity(sold: Sold, mult: str) -> int:
    """Thousandths; where the notice does not say, as many as the request did."""
    micros = _micros(mult)
    return sold.quantity if not micros else max(micros // (MICROS_PER_UNIT // QUANTITY_ONE), 1)


def _converted(sold: Sold, micros: int | None) -> Micros:
    """From the response's currency to the account's, at the rate at which we bid."""
    if not micros or not sold.bid_micros:
        return NOTHING
    exact = (2 * micros * sold.price_micros + sold.bid_micros) // (2 * sold.bid_micros)
    return Micros(min(exact, ID_MAX))


def _micros(text: str) -> int | None:
    """None for a macro that was not filled, and for anything but a number from 0 up."""
    if not _NUMBER.fullmatch(text):
        return None
    return int((Decimal(text) * MICROS_PER_UNIT).to_integral_value(ROUND_HALF_UP))
