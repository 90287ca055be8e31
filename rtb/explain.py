"""Why a line item did or did not bid on a request: every rule's verdict, by the code that decides.

Nothing is held and nothing is counted. Of what only the moment of a bid decides it says how things
stand: pacing lets a share of the requests pass, frequency caps are the person's, not the request's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adplatform.money import MICROS_PER_UNIT
from adserving.ledger.totals import of_scopes
from rtb.ad import Ad
from rtb.call import Call
from rtb.facts import Facts
from rtb.openrtb.request import Imp
from rtb.read import read
from rtb.reasons import NoBid
from rtb.refuse import RULES
from rtb.rules.impression import Losses, slots_of
from rtb.terms import Sale, sales_of, terms_for


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one creative (0: of every one), for one impression (empty: for all)."""

    rule: NoBid
    passed: bool
    detail: str = ""
    creative_id: int = 0
    imp_id: str = ""


def explain(call: Call, line_item_id: int, rates: Mapping[int, float]) -> list[Verdict]:
    """Verdicts on the line item, in the order of the funnel; ``rates`` are pacing's."""
    book = call.trading.book
    found = [
        Verdict(NoBid.SSP_PAUSED, call.ssp.is_active),
        Verdict(NoBid.CURRENCY, bool(call.currency), ", ".join(call.request.cur)),
    ]
    found += [
        Verdict(why, not refuses(call.request, call.ssp, call.listed_sources))
        for why, refuses in RULES
    ]
    found += [
        Verdict(out.reason, False, out.detail, out.creative_id)
        for out in book.left_out.get(line_item_id, ())
    ]
    facts = read(call)
    for position, ad in enumerate(book.ads):
        if ad.line_item.id == line_item_id:
            found += _of_request(position, ad, facts, call)
            for imp in call.request.imp:
                found += _of_impression(position, ad, imp, facts, call)
            found += _of_money(ad, rates.get(line_item_id, 1.0), call)
    return found


def _of_request(position: int, ad: Ad, facts: Facts, call: Call) -> Iterator[Verdict]:
    bit, creative_id = 1 << position, ad.creative.id
    campaign = ad.line_item.campaign
    flight = f"{campaign.start_at:%Y-%m-%d %H:%M} to {campaign.end_at:%Y-%m-%d %H:%M} UTC"
    yield Verdict(NoBid.NOT_IN_FLIGHT, bool(call.trading.ads & bit), flight, creative_id)
    yield Verdict(NoBid.TARGETING, ad.line_item.matches(facts.context), "", creative_id)
    for why, rule in call.trading.book.request_rules:
        yield Verdict(why, not rule(facts) & bit, "", creative_id)


def _of_impression(position: int, ad: Ad, imp: Imp, facts: Facts, call: Call) -> Iterator[Verdict]:
    bit, creative_id = 1 << position, ad.creative.id
    rules = call.trading.book.impression_rules
    slot = dict(slots_of(imp))[ad.format]
    yield Verdict(NoBid.FORMAT, slot is not None, ad.format.value, creative_id, imp.id)
    if slot is None:
        return
    for why, rule in rules.by_format[ad.format].rules:
        yield Verdict(why, not rule(slot) & bit, "", creative_id, imp.id)
    for why, of_imp in rules.rules:
        yield Verdict(why, not of_imp(facts, imp) & bit, "", creative_id, imp.id)
    losses: Losses = []
    rules.by_deals(imp, bit, losses)
    yield Verdict(NoBid.DEAL_ONLY, not losses, _deals(imp), creative_id, imp.id)
    sales = [sale for sale in sales_of(imp, call) if sale.is_for(ad, call)]
    if imp.pmp:
        yield Verdict(NoBid.DEAL_NOT_OURS, bool(sales), _deals(imp), creative_id, imp.id)
    for sale in sales:
        yield _priced(ad, sale, facts, call)


def _priced(ad: Ad, sale: Sale, facts: Facts, call: Call) -> Verdict:
    terms = terms_for(ad, sale, facts, call)
    where = f"deal {sale.deal.id}" if sale.deal else "open auction"
    currency = call.tenant.currency
    if terms is None:
        worth = _units(call.trading.base[ad.line_item.id])
        detail = f"{where}: worth {worth} {currency} before multipliers, the floor is above it"
        return Verdict(NoBid.FLOOR, False, detail, ad.creative.id, sale.imp.id)
    detail = f"{where}: bids {_units(terms.price)} of {_units(terms.value)} {currency} CPM"
    if call.denies(ad, facts, terms.price, sale.deal.id if sale.deal else ""):
        return Verdict(NoBid.REQUEST_POLICY, False, detail, ad.creative.id, sale.imp.id)
    return Verdict(NoBid.FLOOR, True, detail, ad.creative.id, sale.imp.id)


def _of_money(ad: Ad, rate: float, call: Call) -> Iterator[Verdict]:
    item, creative_id = ad.line_item, ad.creative.id
    share = f"takes part in {rate:.1%} of what it may bid on"
    yield Verdict(NoBid.PACED, rate > 0, share, creative_id)
    scopes = call.scopes(item)
    if scopes is None:
        yield Verdict(NoBid.SPEND_UNKNOWN, False, "reports cannot be reached", creative_id)
        return
    standing = of_scopes(call.tenant.id, [scope.key for scope in scopes])
    if standing is None:
        yield Verdict(NoBid.LEDGER_NOT_READY, False, "the ledger is being rebuilt", creative_id)
        return
    for scope in scopes:
        total = standing[scope.key]
        used = total.spent + total.held
        detail = f"{_units(used)} of {_units(scope.cap)} {call.tenant.currency} used"
        yield Verdict(NoBid(scope.reason), used < scope.cap, detail, creative_id)


def _deals(imp: Imp) -> str:
    offered = ", ".join(deal.id for deal in imp.pmp.deals) if imp.pmp else ""
    return f"offered: {offered}" if offered else "no deal is offered"


def _units(micros: int) -> str:
    return f"{micros / MICROS_PER_UNIT:,.2f}"
