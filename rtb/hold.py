"""Candidates become offers: the ledger holds the money of the best that caps and budgets allow."""

from collections.abc import Sequence
from functools import partial
from typing import Final, NamedTuple

from adplatform import metrics
from adplatform.clients.redis import RedisError
from adserving import ledger
from adserving.frequency import User
from rtb.ad import Format
from rtb.call import Call
from rtb.choose import Candidate, Contest
from rtb.facts import Facts
from rtb.ids import new_rtb_id
from rtb.offer import Offer
from rtb.reasons import NoBid
from rtb.rules.impression import Losses
from rtb.sold import cost_of, quantity_of

SLACK_SECONDS: Final = 30  # between an impression and its notice
SHOWN_WITHIN: Final = {  # seconds by kind and whether in an app (2.6 section 7.2)
    (Format.BANNER, False): 60,
    (Format.BANNER, True): 300,
    (Format.NATIVE, False): 60,
    (Format.NATIVE, True): 600,
}
LONG_SECONDS: Final = 1800  # interstitial, video and audio
MOST_SECONDS: Final = 7170
AS_GOOD_AS_HELD: Final = ledger.Answer(0, (), None)


class Draft(NamedTuple):
    """One bid to make: the candidates whose spend is known, best first."""

    rtb_id: str
    contest: Contest
    candidates: list[Candidate]


def hold(
    facts: Facts, contests: Sequence[Contest], call: Call, losses: Losses
) -> tuple[list[Offer], NoBid | None]:
    """An offer for each bid of which one candidate is allowed; else why the last one was not."""
    drafts = [_draft(each, bids, call, losses) for each in contests for bids in each.bids]
    if call.request.test == 1:  # not billable: nothing is held, nothing is counted
        return [_offer(facts, draft, 0, call) for draft in drafts if draft.candidates], None
    if not any(draft.candidates for draft in drafts):
        return [], NoBid.SPEND_UNKNOWN
    slots = [_slot(facts, draft, call) for draft in drafts]
    try:
        answers = _put_behind(facts, drafts, slots, call) or _ask(facts, drafts, slots, call)
    except ledger.LedgerNotReady:
        return [], NoBid.LEDGER_NOT_READY
    except RedisError:
        metrics.UNCOUNTED.labels("bid").inc()
        return [], NoBid.LEDGER_AWAY
    offers: list[Offer] = []
    reason: NoBid | None = None
    for draft, answer in zip(drafts, answers, strict=True):
        for candidate, why in zip(draft.candidates, answer.passed, strict=False):
            reason = NoBid(why)
            _lost(draft.contest, candidate, reason, call, losses)
        if answer.held is not None:
            offers.append(_offer(facts, draft, answer.held, call))
            draft.contest.willing &= ~(1 << draft.candidates[answer.held].position)
    if offers:
        losses += [(NoBid.OUTBID_BY_OURSELVES, each.willing) for each in contests if each.willing]
    return offers, None if offers else reason


def _draft(contest: Contest, bids: Sequence[Candidate], call: Call, losses: Losses) -> Draft:
    """Money fails closed: where a budget is set and reports cannot be reached, nothing is bid."""
    known: list[Candidate] = []
    for candidate in bids:
        if call.scopes(candidate.ad.line_item) is None:
            _lost(contest, candidate, NoBid.SPEND_UNKNOWN, call, losses)
        else:
            known.append(candidate)
    return Draft(new_rtb_id(), contest, known)


def _lost(
    contest: Contest, candidate: Candidate, reason: NoBid, call: Call, losses: Losses
) -> None:
    call.trading.spent.note(reason, candidate.ad)
    bit = 1 << candidate.position
    if contest.willing & bit:
        contest.willing ^= bit
        losses.append((reason, bit))


def _put_behind(
    facts: Facts, drafts: Sequence[Draft], slots: Sequence[ledger.Slot], call: Call
) -> list[ledger.Answer] | None:
    """No round trip, where the ledger is sure to hold the best of each; None where it is not."""
    best = [draft.candidates[0].ad for draft in drafts if draft.candidates]
    if call.behind is None or len(best) < len(drafts):
        return None
    if not all(call.is_sure_of(ad, facts) for ad in best):
        return None
    holds = [
        (call.tenant.id, slot, partial(call.trading.spent.hear, ad, slot))
        for slot, ad in zip(slots, best, strict=True)
    ]
    return [AS_GOOD_AS_HELD] * len(drafts) if call.behind.put(holds) else None


def _ask(
    facts: Facts, drafts: Sequence[Draft], slots: Sequence[ledger.Slot], call: Call
) -> list[ledger.Answer]:
    """The one round trip. Raises what ``ledger.reserve`` raises."""
    user = User(call.tenant.id, facts.user_id) if facts.user_id else None
    answers = ledger.reserve(call.tenant.id, user, slots)
    for draft, slot, answer in zip(drafts, slots, answers, strict=True):
        if answer.held is not None:
            call.trading.spent.hear(draft.candidates[answer.held].ad, slot, answer)
    return answers


def _slot(facts: Facts, draft: Draft, call: Call) -> ledger.Slot:
    seconds = max([_shown_within(facts, each) for each in draft.candidates], default=0)
    wants = tuple([_want(each, call) for each in draft.candidates])
    return ledger.Slot(draft.rtb_id, seconds + SLACK_SECONDS, wants)


def _want(candidate: Candidate, call: Call) -> ledger.Want:
    amount = cost_of(candidate.terms.price, quantity_of(candidate.imp))
    item = candidate.ad.line_item
    return ledger.Want(amount, call.scopes(item) or (), item.caps)


def _offer(facts: Facts, draft: Draft, chosen: int, call: Call) -> Offer:
    candidate = draft.candidates[chosen]
    ad, terms, policies = candidate.ad, candidate.terms, call.trading.policies
    return Offer(
        ad=ad,
        imp=candidate.imp,
        rtb_id=draft.rtb_id,
        price=terms.price,
        value=terms.value,
        floor=terms.floor,
        bid_price=terms.bid_price,
        currency=call.currency,
        deal_id=candidate.deal.id if candidate.deal else "",
        auction_type=terms.auction_type,
        shading=terms.shading,
        segment_id=facts.segment_id,
        user_id=facts.user_id,
        width=ad.creative.width,
        height=ad.creative.height,
        country=facts.country,
        inventory=facts.inventory,
        is_test=call.request.test == 1,
        policy_version=policies.version if policies else "",
        shown_within=_shown_within(facts, candidate),
        day=call.day,
    )


def _shown_within(facts: Facts, candidate: Candidate) -> int:
    """Seconds between the auction and the impression: what is usual, or more if the SSP says so."""
    imp, kind = candidate.imp, candidate.ad.format
    usual = SHOWN_WITHIN.get((kind, facts.request.app is not None), LONG_SECONDS)
    if imp.instl:
        usual = LONG_SECONDS
    return min(max(imp.exp or 0, usual), MOST_SECONDS)
