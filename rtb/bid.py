"""[FLOW] From a bid request to the offers that are held and sent."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

import msgspec

from rtb.call import Call
from rtb.choose import contest
from rtb.hold import hold
from rtb.offer import Offer
from rtb.read import read
from rtb.reasons import ELIGIBLE, NoBid
from rtb.refuse import refusal
from rtb.rules.impression import Losses
from rtb.trading import Trading

IMPRESSIONS: Final = 100  # of a request that are looked at: 3,000 would hold Redis up for 0.1 s


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """The offers, or why there is none; ``losses`` says which ads were turned away and why."""

    offers: Sequence[Offer] = ()
    reason: NoBid | None = None
    losses: Losses = msgspec.field(default_factory=list)
    trading: Trading | None = None  # whose ads the losses are


def bid(call: Call) -> Outcome:
    """One line a step: refuse, read, filter by request and impression, price, hold."""
    losses: Losses = []
    refused = refusal(call.request, call.ssp, call.listed_sources)
    if refused:
        return Outcome(reason=refused, trading=call.trading)
    facts = read(call)
    book = call.trading.book
    ads = book.eligible(facts, call.trading.ads, losses)
    imps = call.request.imp[:IMPRESSIONS]
    fitting = [(imp, book.fitting(facts, imp, ads, losses)) for imp in imps]
    contests = [contest(facts, imp, fit, call, losses) for imp, fit in fitting]
    if not any(each.bids for each in contests):
        return Outcome(
            reason=_last_reason(call.trading, losses), losses=losses, trading=call.trading
        )
    if call.is_late():
        return Outcome(reason=NoBid.TOO_LATE, losses=losses, trading=call.trading)
    offers, reason = hold(facts, contests, call, losses)
    return Outcome(offers, reason, losses, call.trading)


def _last_reason(trading: Trading, losses: Losses) -> NoBid:
    """Why the ads that came furthest went no further."""
    reasons = (why for why, _ in reversed((*trading.off, *losses)) if why != ELIGIBLE)
    left_out = (out.reason for each in trading.book.left_out.values() for out in each)
    return NoBid(next(chain(reasons, left_out), NoBid.LINE_ITEM_NOT_ACTIVE))
