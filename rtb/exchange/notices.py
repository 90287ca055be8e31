"""Win, billing and loss notices: macros replaced, sent by GET or POST, acknowledged or not."""

import time
from dataclasses import dataclass
from http import HTTPStatus

from rtb.exchange.agenda import Errand
from rtb.exchange.ledger import Ledger, Story
from rtb.exchange.lot import Lot
from rtb.exchange.macros import price, substitute
from rtb.exchange.manners import Fate, Notice
from rtb.exchange.wire import NotOurs, Unanswered, Wire

AGENT = "MockExchange/1.0"
ACKNOWLEDGED = {HTTPStatus.OK, HTTPStatus.NO_CONTENT}


def values(lot: Lot, *, with_min_to_win: bool) -> dict[str, str]:
    """Every macro's value after the auction; what is not told becomes empty."""
    answer, bid, outcome = lot.answer, lot.bid, lot.outcome
    told = {
        "AUCTION_ID": lot.call.asked.id,
        "AUCTION_BID_ID": answer.bidid,
        "AUCTION_IMP_ID": bid.impid,
        "AUCTION_SEAT_ID": lot.seat.seat,
        "AUCTION_AD_ID": bid.adid,
        "AUCTION_CURRENCY": answer.cur,
        "AUCTION_LOSS": str(outcome.loss.value),
        "AUCTION_MULTIPLIER": "1",
        "AUCTION_IMP_TS": str(int(time.time() * 1000)),
    }
    if outcome.won:
        told["AUCTION_PRICE"] = price(outcome.price)
        told["AUCTION_MBR"] = price(outcome.price / bid.price) if bid.price else ""
    if with_min_to_win and outcome.min_to_win:
        told["AUCTION_MIN_TO_WIN"] = price(outcome.min_to_win)
    return told


@dataclass(frozen=True, slots=True)
class Messenger:
    """Sends the notices of one bid."""

    lot: Lot
    story: Story
    told: dict[str, str]
    dollars_paid: float  # per 1,000
    ledger: Ledger

    def url(self, kind: str) -> str:
        found = {"win": self.lot.bid.nurl, "billing": self.lot.bid.burl, "loss": self.lot.bid.lurl}[
            kind
        ]
        return substitute(found, self.told)

    def errand(self, notice: Notice, fate: Fate) -> Errand:
        """What sends the notice when it is due."""

        def send(wire: Wire) -> None:
            self._send(wire, notice, fate)

        return send

    def _send(self, wire: Wire, notice: Notice, fate: Fate) -> None:
        method = "POST" if notice.by_post else "GET"
        try:
            answer = wire.ask(method, self.url(notice.kind), self._headers(), None)
        except (Unanswered, NotOurs) as exc:
            self.ledger.problem(f"{notice.kind} notice: {type(exc).__name__.lower()}: {exc}")
            return
        if answer.status not in ACKNOWLEDGED:
            self.ledger.problem(f"{notice.kind} notice answered {answer.status}")
            return
        late = fate is Fate.LATE and notice.kind == "billing"
        label = f"{notice.kind} again" if notice.is_repeat else notice.kind
        self.ledger.noticed(
            self.story,
            notice.kind,
            label=f"{label} late" if late else label,
            dollars_paid=self.dollars_paid,
        )

    def _headers(self) -> dict[str, str]:
        """The exchange's servers call; the visitor is named as the specification says."""
        return {
            "User-Agent": AGENT,
            "X-Device-User-Agent": self.lot.call.user_agent,
            "X-Device-IP": self.lot.call.address,
            "X-Forwarded-For": self.lot.call.address,
        }
