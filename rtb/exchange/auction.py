"""[FLOW] One request from call to outcome: ask, judge, hold the auctions, plan what follows."""

import gzip
import time
from dataclasses import dataclass
from random import Random

from rtb.exchange.agenda import Agenda
from rtb.exchange.asked import USD, Asked, Imp, Rates, converted
from rtb.exchange.ledger import Ledger, Story
from rtb.exchange.lot import Lot
from rtb.exchange.manners import Manners, sequel
from rtb.exchange.market import Entry, Rivals, Sale, Terms, landscape, run_auction
from rtb.exchange.notices import Messenger, values
from rtb.exchange.traffic import Call
from rtb.exchange.validate import WHOLE, Verdict, validate
from rtb.exchange.visit import Visit
from rtb.exchange.wire import NotOurs, Reply, Unanswered, Wire

CENTS = 100.0  # rivals' prices come in cents


@dataclass(frozen=True, slots=True)
class Auctioneer:
    """Sells impressions to the bidder and its rivals; for several threads."""

    rates: Rates
    manners: Manners
    ledger: Ledger
    agenda: Agenda
    renders: bool = True

    def sell(self, call: Call, wire: Wire, hour: int, rng: Random) -> None:
        """Call the bidder, judge its answer, hold an auction for each impression."""
        for imp in call.asked.imp:
            self.ledger.offered(imp.kind, imp.size)
        reply, milliseconds = self._ask(call, wire)
        if reply is None:
            return
        verdict = validate(call.asked, reply.status, reply.body, self.rates)
        is_late = 0 < call.asked.tmax < milliseconds
        self._record(call, reply, verdict, milliseconds, is_late=is_late)
        if is_late:
            return  # the auction was held without it
        for imp in call.asked.imp:
            self._auction(call, imp, verdict, hour, rng)

    def _ask(self, call: Call, wire: Wire) -> tuple[Reply | None, float]:
        """The reply and how many milliseconds it took, the network included."""
        headers = {
            "Content-Type": "application/json",
            "x-openrtb-version": call.version,
            "Accept-Encoding": "gzip",
        }
        body = call.body
        if call.is_gzipped:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, compresslevel=1)
        began = time.perf_counter()
        try:
            reply = wire.ask("POST", wire.home.bid_url, headers, body)
        except (Unanswered, NotOurs) as exc:
            self.ledger.problem(f"unanswered: {exc}")
            return None, 0.0
        return reply, (time.perf_counter() - began) * 1000

    def _record(
        self, call: Call, reply: Reply, verdict: Verdict, milliseconds: float, *, is_late: bool
    ) -> None:
        has_bids = bool(verdict.answer.bids)
        self.ledger.answered(reply.status, milliseconds, has_bids=has_bids, late=is_late)
        for violation in verdict.violations:
            self.ledger.violated(violation, f"request {call.asked.id}")

    def _auction(self, call: Call, imp: Imp, verdict: Verdict, hour: int, rng: Random) -> None:
        """Our valid bids for one impression against the rivals."""
        answer, rejected = verdict.answer, verdict.rejected
        bids = [
            (seat, bid)
            for seat, bid in answer.bids
            if bid.impid == imp.id and bid.id not in rejected
        ]
        if not bids or WHOLE in rejected:
            return
        sale = sale_of(call.asked, imp, answer.cur, self.rates)
        prices = landscape(imp.kind, imp.size, hour, is_app=call.asked.app is not None)
        rivals = Rivals.draw(prices, rng, with_deals=bool(imp.deals))
        rivals = rivals.times(self.rates[answer.cur] / CENTS)
        entries = [Entry(bid.id, bid.price, bid.dealid) for _seat, bid in bids]
        outcomes = run_auction(sale, entries, rivals, rng)
        for seat, bid in bids:
            self._follow(Lot(call, imp, answer, seat, bid, outcomes[bid.id]), rng)

    def _follow(self, lot: Lot, rng: Random) -> None:
        """Notices and the visit, each at its time."""
        paid = converted(lot.outcome.price, lot.answer.cur, USD, self.rates)
        story = self._story(lot)
        self.ledger.bid(story, paid)
        next_up = sequel(lot.outcome, self.manners, rng, expiry=lot.expiry)
        told = values(lot, with_min_to_win=next_up.tells_min_to_win)
        messenger = Messenger(lot, story, told, paid, self.ledger)
        for notice in next_up.notices:
            if messenger.url(notice.kind):
                self.agenda.later(notice.after, messenger.errand(notice, next_up.fate))
        if self.renders and not story.is_test and lot.bid.adm:
            chance = Random(rng.getrandbits(64))  # noqa: S311 - a simulation
            visit = Visit(lot, story, told, self.ledger, self.manners, chance)
            self._show(visit, next_up.shown_after)

    def _show(self, visit: Visit, after: float | None) -> None:
        """To the visitor of an impression that was won, and sometimes to an ad-quality scanner."""
        if after is not None:
            self.agenda.later(after, visit)
        if visit.rng.random() < self.manners.audit:
            self.agenda.later(0.0, visit.audit())

    def _story(self, lot: Lot) -> Story:
        return Story(
            bid_id=lot.bid.id,
            auction_id=lot.call.asked.id,
            imp_id=lot.bid.impid,
            kind=lot.kind,
            size=lot.size,
            currency=lot.answer.cur,
            price=lot.bid.price,
            dollars=converted(lot.bid.price, lot.answer.cur, USD, self.rates),
            deal_id=lot.bid.dealid,
            is_test=lot.call.asked.test == 1,
            outcome=lot.outcome,
        )


def sale_of(asked: Asked, imp: Imp, currency: str, rates: Rates) -> Sale:
    """What an impression is sold for, in the answer's currency."""
    deals = {
        deal.id: Terms(converted(deal.bidfloor, deal.bidfloorcur, currency, rates), deal.at)
        for deal in imp.deals.values()
    }
    floor = converted(imp.bidfloor, imp.bidfloorcur, currency, rates)
    return Sale(asked.at, floor, deals, imp.is_private)
