"""`POST /rtb/bid/<ssp>`: only 200, 204 and 400, in time; GET is an exchange's readiness probe."""

import gzip
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import Final

import msgspec
import structlog
from prometheus_client import Counter

from adplatform import metrics
from adplatform.doors import NO_STORE, Door, Headers, Problem, Request, Response
from adplatform.gather import Gather
from adserving import refresh
from adserving.ledger import Hold
from rtb.bid import Outcome, bid
from rtb.bids import Recording
from rtb.call import Call
from rtb.desk import Desk
from rtb.openrtb.currency import Rates
from rtb.openrtb.parse import BadRequest, parse
from rtb.openrtb.request import BidRequest
from rtb.openrtb.response import encode
from rtb.reasons import NoBid
from rtb.respond import no_bid, respond
from rtb.site import RtbSite
from rtb.ssp import SspConfig

log = structlog.get_logger(__name__)

PATH: Final = "/rtb/bid/"
JSON: Final[Headers] = (
    ("Content-Type", "application/json"),
    NO_STORE,
    ("x-openrtb-version", "2.6"),
)
READY: Final = Response(200, b"1", (("Content-Type", "text/plain"), NO_STORE))
BAD: Final = Response(400)
GZIP_BYTES: Final = 1000  # smaller answers fit one packet as they are
GZIP_LEVEL: Final = 1
REFUSED: Final = re.compile(r"gzip\s*;\s*q\s*=\s*0(\.0*)?\s*(,|$)")


@dataclass(frozen=True, slots=True)
class Bidder:
    """Everything that the door needs from outside; tests build their own."""

    desk: Desk
    site: RtbSite
    rates: Rates
    rng: Random
    vendor_id: int
    hashed: Callable[[int, str], str]  # a user's pseudonym, where the account wants one
    behind: Gather[Hold] | None
    record: Recording
    clock: Callable[[], float] = time.monotonic


def build(bidder: Bidder) -> Door:
    """400 with an empty body for what is no bid request; whatever else goes wrong is a no-bid."""

    def door(request: Request) -> Response:
        if request.method in {"GET", "HEAD"}:
            return READY
        began = bidder.clock()
        try:
            asked = parse(request.body()) if request.method == "POST" else None
        except (Problem, BadRequest):
            asked = None
        if asked is None:
            _answers(NoBid.INVALID_REQUEST).inc()
            return BAD
        try:
            return _answer(bidder, request, asked, began)
        except Exception:
            log.exception("bid_failed", path=request.path)
            _answers(NoBid.FAILED).inc()
            return Response(204)

    return door


@cache
def _answers(outcome: str) -> Counter:
    return metrics.BIDS.labels(outcome)


def _answer(bidder: Bidder, request: Request, asked: BidRequest, began: float) -> Response:
    ssp = bidder.desk.ssp(request.path.removeprefix(PATH).rstrip("/"))
    if ssp is None:
        _answers(NoBid.UNKNOWN_SSP).inc()
        return Response(204)
    now = datetime.fromtimestamp(time.time(), UTC)
    deadline = _deadline(ssp, asked, began)
    outcome = _refusal(bidder, ssp, began) or _decide(bidder, ssp, asked, deadline, now)
    body = _body(bidder, ssp, asked, outcome, now) if outcome.offers else b""
    if outcome.offers and not body:
        outcome = _without_offers(outcome, NoBid.FORMAT)
    elif outcome.offers and bidder.clock() >= deadline:
        outcome = msgspec.structs.replace(
            outcome, offers=(), reason=NoBid.TOO_LATE
        )  # what it holds expires
    bidder.desk.count(ssp, outcome)
    _answers(outcome.reason or "bid").inc()
    if not outcome.offers:
        status, said = no_bid(asked.id, ssp, outcome.reason or NoBid.FAILED)
        return Response(status, said, JSON if said else ())
    bidder.record(asked, ssp, outcome.offers, now)
    return _content(request, ssp, body)


def _without_offers(outcome: Outcome, reason: NoBid) -> Outcome:
    return msgspec.structs.replace(outcome, offers=(), reason=reason)


def _body(
    bidder: Bidder, ssp: SspConfig, asked: BidRequest, outcome: Outcome, now: datetime
) -> bytes:
    """Empty when no creative fits after all."""
    response = respond(asked, ssp, outcome.offers, site=bidder.site, now=now)
    return encode(response) if response.seatbid else b""


def _refusal(bidder: Bidder, ssp: SspConfig, began: float) -> Outcome | None:
    if not ssp.is_active:
        return Outcome(reason=NoBid.SSP_PAUSED)
    if not bidder.desk.admits(ssp, began):
        return Outcome(reason=NoBid.OVER_QPS)
    return None


def _decide(
    bidder: Bidder,
    ssp: SspConfig,
    asked: BidRequest,
    deadline: float,
    now: datetime,
) -> Outcome:
    trading = bidder.desk.trading(ssp.tenant_id)
    if trading is None:
        return Outcome(reason=NoBid.LOADING)
    call = Call(
        request=asked,
        ssp=ssp,
        trading=trading,
        now=now,
        deadline=deadline,
        clock=bidder.clock,
        rng=bidder.rng,
        rates=bidder.rates,
        spend=refresh.current_spend(),
        listed_sources=refresh.current().listed_sources,
        vendor_id=bidder.vendor_id,
        hashed=bidder.hashed,
        behind=bidder.behind,
    )
    if not call.currency:
        return Outcome(reason=NoBid.CURRENCY)
    return Outcome(reason=NoBid.TOO_LATE) if call.is_late() else bid(call)


def _deadline(ssp: SspConfig, asked: BidRequest, began: float) -> float:
    """The exchange's time includes the way there and back; tmax supersedes what was agreed."""
    return began + ((asked.tmax or ssp.timeout_ms) - ssp.network_ms) / 1000


def _content(request: Request, ssp: SspConfig, body: bytes) -> Response:
    wanted = ssp.gzip_response and len(body) >= GZIP_BYTES
    if not wanted or not accepts_gzip(request.header("accept-encoding")):
        return Response(200, body, JSON)
    packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return Response(200, packed, (*JSON, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")))


def accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding names gzip with a weight above 0 (RFC 9110 section 12.5.3)."""
    return "gzip" in accepted and REFUSED.search(accepted) is None
