"""At which price an ad bids for one sale: a deal, or the open auction of an impression (pure)."""

from collections.abc import Iterator
from typing import Final

import msgspec

from adplatform.money import Micros
from rtb.ad import Ad
from rtb.call import Call
from rtb.facts import Facts
from rtb.openrtb.request import Deal, Imp
from rtb.price import deal_price, floor_of, value_of
from rtb.shading import Cell, shade

PRIVATE: Final = 1
AGREED_PRICE: Final = 3

Bounds = tuple[Micros, Micros]  # the floor, and what the impression is worth


class Sale(msgspec.Struct, frozen=True, gc=False):
    """``auction_type``: 1 first price, 2 second price, 3 the deal's price is agreed."""

    imp: Imp
    deal: Deal | None
    auction_type: int

    def is_for(self, ad: Ad, call: Call) -> bool:
        """Whether this ad may take part."""
        if self.deal is None:
            return ad.strategy.open_auction
        if self.deal.id not in ad.strategy.deals or self.deal.id not in call.ssp.deals:
            return False
        domains = self.deal.wadomain
        return not domains or ad.creative.adomain in {each.lower() for each in domains}


class Terms(msgspec.Struct, frozen=True, gc=False):
    """CPM micros in the account's currency; ``bid_price`` in units of the answer's."""

    price: Micros
    value: Micros
    floor: Micros
    bid_price: float
    auction_type: int
    shading: str = ""


def sales_of(imp: Imp, call: Call) -> tuple[Sale, ...]:
    """The deals that we may buy of this impression, and the open auction unless it is private."""
    if imp.pmp is None:
        return (Sale(imp, None, call.request.at),)
    deals = tuple(_deals(imp, call))
    if imp.pmp.private_auction == PRIVATE:
        return deals
    return (*deals, Sale(imp, None, call.request.at))


def _deals(imp: Imp, call: Call) -> Iterator[Sale]:
    for deal in imp.pmp.deals if imp.pmp else ():
        if not deal.wseat or call.ssp.seat in deal.wseat:
            yield Sale(imp, deal, deal.at or call.request.at)


def terms_for(ad: Ad, sale: Sale, facts: Facts, call: Call) -> Terms | None:
    """What the ad bids; None: the sale's floor is above what it is worth."""
    floor = _floor(ad, sale, call)
    value = _value(ad, sale, facts, call)
    if floor is None or not value or value < floor:
        return None
    deal_only = sale.deal is not None and sale.auction_type == AGREED_PRICE
    bounds = (floor, value)
    priced = _agreed(sale, bounds, call) if deal_only else _best(ad, sale, bounds, facts, call)
    if priced is None:
        return None
    price, shading = priced
    bid_price = call.rates.in_units(price, call.tenant.currency, call.currency)
    if bid_price is None:
        return None
    return Terms(price, value, floor, bid_price, sale.auction_type, shading)


def _floor(ad: Ad, sale: Sale, call: Call) -> Micros | None:
    amount, currency = floor_of(sale.imp, sale.deal, ad.creative.attributes.duration, ad.format)
    return call.rates.convert_up(amount, currency, call.tenant.currency)


def _value(ad: Ad, sale: Sale, facts: Facts, call: Call) -> Micros:
    base = call.trading.base[ad.line_item.id]
    strategy = ad.strategy
    if not strategy.multipliers:
        return base if strategy.max_bid is None else min(base, strategy.max_bid)
    return value_of(base, strategy, _dimensions(ad, sale, facts, call))


def _agreed(sale: Sale, bounds: Bounds, call: Call) -> tuple[Micros, str] | None:
    """The price of a deal that was agreed; None: it is more than the impression is worth."""
    floor, value = bounds
    configured = call.ssp.deals[sale.deal.id].price if sale.deal else None
    agreed = deal_price(value, max(floor, configured or floor))
    return None if agreed is None else (agreed, "")


def _best(ad: Ad, sale: Sale, bounds: Bounds, facts: Facts, call: Call) -> tuple[Micros, str]:
    """The whole worth, or as little of it as is likely to win; and how it was found."""
    floor, value = bounds
    if not ad.strategy.is_shaded:
        return value, ""
    size = f"{ad.creative.width}x{ad.creative.height}"
    cell = Cell(call.ssp.id, ad.format, size, facts.country)
    landscape, kind = call.trading.state.landscape, sale.auction_type
    return shade(landscape, value, floor, cell, call.rng, auction_type=kind)


def _dimensions(ad: Ad, sale: Sale, facts: Facts, call: Call) -> dict[str, str]:
    """What multipliers may name."""
    return {
        "country": facts.country,
        "device_type": facts.context.device_type,
        "os": facts.context.os,
        "domain": facts.domain,
        "bundle": facts.bundle,
        "format": ad.format.value,
        "size": f"{ad.creative.width}x{ad.creative.height}",
        "ssp": call.ssp.key,
        "deal": sale.deal.id if sale.deal else "",
    }
