"""Which ads bid for an impression and at which price: the few best of those that fit (pure)."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from adserving import bits
from rtb.ad import Ad
from rtb.call import Call
from rtb.facts import Facts
from rtb.openrtb.request import Deal, Imp
from rtb.reasons import ELIGIBLE, NoBid
from rtb.rules.impression import Losses
from rtb.terms import Sale, Terms, sales_of, terms_for

CANDIDATES: Final = 4  # of one impression that go to the ledger together
LOOKS: Final = 64  # ads looked at one by one, so that a request's cost is bounded


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An ad that could bid, its bit, and at which terms."""

    position: int
    ad: Ad
    imp: Imp
    terms: Terms
    deal: Deal | None


class Contest(msgspec.Struct, gc=False):
    """One impression: who bids for it, and the set of those that would have.

    ``bids`` has one list for each bid to make, best first: for a deal, and for the open auction. An
    auction takes several bids for one impression (2.6 section 7.3), and a deal is never dropped in
    favour of the open auction.
    """

    bids: list[list[Candidate]]
    willing: int


def contest(facts: Facts, imp: Imp, ads: int, call: Call, losses: Losses) -> Contest:
    """``ads`` fit the impression; those that do not bid after all are added to ``losses``."""
    if not ads:
        return Contest([], 0)
    losses.append((ELIGIBLE, ads))
    left = _passed_by_pacing(_over_the_floor(imp, ads, call, losses), call, losses)
    before = len(losses)
    found = list(_first_few(facts, imp, left, call, losses))
    for _, away in losses[before:]:
        left ^= away
    if len(found) == 1:
        return Contest([found], left)
    found.sort(key=lambda each: (each.ad.line_item.priority, -each.terms.price))
    by_deal = [each for each in found if each.deal][:CANDIDATES]
    open_auction = [each for each in found if not each.deal][:CANDIDATES]
    return Contest([bids for bids in (by_deal, open_auction) if bids], left)


def _over_the_floor(imp: Imp, ads: int, call: Call, losses: Losses) -> int:
    """Without those that no multiplier brings over the floor."""
    floor = call.floor(imp.bidfloor, imp.bidfloorcur)
    if floor is None and imp.pmp is None:
        losses.append((NoBid.CURRENCY, ads))
        return 0
    if floor is None or not _has_one_floor(imp):
        return ads
    left = ads & call.trading.worth.reaching(floor)
    if left != ads:
        losses.append((NoBid.FLOOR, ads ^ left))
    return left


def _has_one_floor(imp: Imp) -> bool:
    """Deals and the lengths of films and songs have floors of their own."""
    if imp.pmp is not None:
        return False
    timed = [each for each in (imp.video, imp.audio) if each]
    return not timed or not any(each.durfloors or each.mincpmpersec for each in timed)


def _passed_by_pacing(ads: int, call: Call, losses: Losses) -> int:
    drawn = call.trading.sits_out
    paced = ads & drawn[call.rng.randrange(len(drawn))] if drawn else 0
    if paced:
        losses.append((NoBid.PACED, paced))
    return ads ^ paced


def _first_few(facts: Facts, imp: Imp, ads: int, call: Call, losses: Losses) -> Iterator[Candidate]:
    """The best ads that pass a second look, which costs more than a few bits; deals come first."""
    sales = sales_of(imp, call)
    by_deal = ads & call.trading.book.impression_rules.buying(imp) if imp.pmp else 0
    if by_deal:
        yield from _best_of(by_deal, sales, facts, call, losses)
    yield from _best_of(ads ^ by_deal, sales, facts, call, losses)


def _best_of(
    ads: int, sales: Sequence[Sale], facts: Facts, call: Call, losses: Losses
) -> Iterator[Candidate]:
    trading, found, looked = call.trading, 0, 0
    while ads and looked < LOOKS and found < CANDIDATES:
        position = bits.lowest(ads)
        ads ^= 1 << position
        looked += 1
        ad = trading.book.ads[position]
        passed, why = _second_look(facts, ad, position, call, sales)
        if why:
            losses.append((why, 1 << position))
            continue
        found += 1
        for sale, terms in passed:
            yield Candidate(position, ad, sale.imp, terms, sale.deal)
        if call.is_sure_of(ad, facts):  # only for dearer ones another look may pay
            ads &= trading.worth.reaching(1 + min(terms.value for _, terms in passed))


def _second_look(
    facts: Facts, ad: Ad, position: int, call: Call, sales: Sequence[Sale]
) -> tuple[list[tuple[Sale, Terms]], NoBid | None]:
    """What the ad offers for each sale that it may take part in, or why it offers nothing."""
    if call.trading.book.inexact >> position & 1 and not ad.line_item.matches(facts.context):
        return [], NoBid.TARGETING
    open_to_it = [sale for sale in sales if sale.is_for(ad, call)]
    if not open_to_it:
        return [], NoBid.DEAL_NOT_OURS
    priced = [(sale, terms_for(ad, sale, facts, call)) for sale in open_to_it]
    offered = [(sale, terms) for sale, terms in priced if terms is not None]
    if not offered:
        return [], NoBid.FLOOR
    allowed = [
        (sale, terms)
        for sale, terms in offered
        if not call.denies(ad, facts, terms.price, sale.deal.id if sale.deal else "")
    ]
    return allowed, None if allowed else NoBid.REQUEST_POLICY
