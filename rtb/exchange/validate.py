"""Whether an answer is one that an exchange accepts (pure).

The rules are those of prebid's validators (prebid/prebid-server:exchange/bidder_validate_bids.go,
prebid/prebid-server-java: ResponseBidValidator) and of OpenRTB 2.6. Nothing here is shared with the
bidder: it is the other side's reading of the specification.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import msgspec

from rtb.exchange.answered import Answer, read
from rtb.exchange.asked import Asked, Rates
from rtb.exchange.macros import unknown_macros
from rtb.exchange.rules import blocks, identity, media, native, price
from rtb.exchange.rules.case import Case, Rule

WHOLE: Final = ""  # stands for the whole answer where a bid's id would be
RULES: Final[tuple[tuple[str, Rule], ...]] = (
    *identity.RULES,
    *price.RULES,
    *blocks.RULES,
    *media.RULES,
    *native.RULES,
)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, with what shows it."""

    rule: str
    text: str
    bid_id: str = WHOLE


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer as far as it could be read, and what is wrong with it."""

    answer: Answer
    violations: tuple[Violation, ...] = ()

    @property
    def rejected(self) -> frozenset[str]:
        """Bids that may not take part."""
        return frozenset(each.bid_id for each in self.violations)


def validate(asked: Asked, status: int, body: bytes, rates: Rates) -> Verdict:
    """Judge the answer to a request, which must have been well-formed."""
    if status == HTTPStatus.NO_CONTENT:
        wrong = (Violation("no_content", f"204 with {len(body)} bytes"),) if body else ()
        return Verdict(Answer(), wrong)
    if status == HTTPStatus.BAD_REQUEST:
        return Verdict(Answer(), (Violation("refused", "400 to a well-formed request"),))
    if status != HTTPStatus.OK:
        return Verdict(Answer(), (Violation("status", f"status {status}: {body[:120]!r}"),))
    try:
        answer = read(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        return Verdict(Answer(), (Violation("malformed", f"{exc}: {body[:120]!r}"),))
    return Verdict(answer, (*_whole(asked, answer), *_each(asked, answer, rates)))


def _whole(asked: Asked, answer: Answer) -> Iterator[Violation]:
    bids = [bid for _seat, bid in answer.bids]
    if answer.id != asked.id and (bids or answer.id):
        yield Violation("id_echoed", f"{answer.id!r} is not {asked.id!r}")
    if bids and answer.cur not in asked.currencies:
        yield Violation("currency", f"{answer.cur!r} is not in {asked.currencies}")
    if len({bid.id for bid in bids}) < len(bids):
        yield Violation("bid_id_unique", f"{[bid.id for bid in bids]}")
    if any(not seat.bid for seat in answer.seatbid):
        yield Violation("seat_empty", "a seat without a bid")


def _each(asked: Asked, answer: Answer, rates: Rates) -> Iterator[Violation]:
    for seat, bid in answer.bids:
        imp = asked.imp_named(bid.impid)
        if imp is None:
            yield Violation("imp_known", f"no imp {bid.impid!r}", bid.id)
            continue
        case = Case(asked, imp, answer, seat, bid, rates)
        for name, rule in RULES:
            if text := rule(case):
                yield Violation(name, text, bid.id)
        for field in ("nurl", "burl", "lurl", "adm"):
            if strange := unknown_macros(getattr(bid, field)):
                yield Violation("macro", f"{field} has {strange}", bid.id)
