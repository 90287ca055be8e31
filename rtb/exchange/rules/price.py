"""Price, floors, deals and seats (pure)."""

import math
from typing import Final

from rtb.exchange.asked import converted
from rtb.exchange.rules.case import Case, Rule

TOLERANCE: Final = 1e-6  # prices are rounded to six decimals


def priced(case: Case) -> str:
    price = case.bid.price
    if not math.isfinite(price) or price < 0:
        return f"bid.price is {price}"
    return "bid.price is 0 without a deal" if price == 0 and not case.bid.dealid else ""


def above_floor(case: Case) -> str:
    """The deal's floor for a deal (imp.bidfloor does not apply to it), else the impression's."""
    deal = case.deal
    if priced(case) or (case.bid.dealid and deal is None):
        return ""  # another rule's
    source = case.imp if deal is None else deal
    currency = case.answer.cur
    if currency not in case.rates or source.bidfloorcur not in case.rates:
        return ""  # another rule's, or nobody can say
    floor = converted(source.bidfloor, source.bidfloorcur, currency, case.rates)
    if case.bid.price >= floor * (1 - TOLERANCE) - TOLERANCE:
        return ""
    where = f"deal {deal.id}" if deal else f"imp {case.imp.id}"
    return f"{case.bid.price} {currency} is below the floor of {where}: {floor:.6f}"


def known_deal(case: Case) -> str:
    if case.bid.dealid and case.deal is None:
        return f"imp {case.imp.id} has no deal {case.bid.dealid!r}"
    return ""


def private(case: Case) -> str:
    return "an open bid in a private auction" if case.imp.is_private and not case.bid.dealid else ""


def deal_terms(case: Case) -> str:
    deal = case.deal
    if deal is None:
        return ""
    if deal.wseat and case.seat.seat not in deal.wseat:
        return f"seat {case.seat.seat!r} may not buy deal {deal.id}"
    if deal.wadomain and not set(case.bid.adomain) & set(deal.wadomain):
        return f"{case.bid.adomain} may not buy deal {deal.id}"
    return ""


def seat(case: Case) -> str:
    name = case.seat.seat
    if case.asked.wseat and name not in case.asked.wseat:
        return f"seat {name!r} is not in wseat"
    return f"seat {name!r} is in bseat" if name in case.asked.bseat else ""


RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("price", priced),
    ("floor", above_floor),
    ("deal_known", known_deal),
    ("private_auction", private),
    ("deal_terms", deal_terms),
    ("seat", seat),
)
