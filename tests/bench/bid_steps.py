"""Where the time of one bid goes: each step alone, in one process, on the platform's engines."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from adserving import refresh
from rtb import wiring
from rtb.bid import bid
from rtb.call import Call
from rtb.choose import contest
from rtb.hold import hold
from rtb.openrtb.parse import parse
from rtb.openrtb.response import encode
from rtb.read import read
from rtb.refuse import refusal
from rtb.respond import respond

REPEATS = 400
ROUNDS = 7


def steps(ssp_key: str, body: str) -> dict[str, float]:
    """Microseconds of each step, the best of several rounds, and of all of them together."""
    bidder = wiring.bidder_from_settings()
    bidder.desk.load(refresh.reload_snapshot())
    refresh.reload_spend()
    ssp = bidder.desk.ssp(ssp_key)
    trading = bidder.desk.trading(ssp.tenant_id) if ssp else None
    if ssp is None or trading is None:
        raise LookupError(ssp_key)
    raw = body.encode()
    asked = parse(raw)
    now = datetime.now(UTC)

    def called() -> Call:
        return Call(
            request=asked,
            ssp=ssp,
            trading=trading,
            now=now,
            deadline=float("inf"),
            clock=time.monotonic,
            rng=Random(1),
            rates=bidder.rates,
            spend=refresh.current_spend(),
            listed_sources=refresh.current().listed_sources,
            vendor_id=0,
            hashed=bidder.hashed,
        )

    call = called()
    facts, imp, book = read(call), asked.imp[0], trading.book
    left = book.eligible(facts, trading.ads, [])
    fitting = book.fitting(facts, imp, left, [])
    outcome = bid(call)

    def answered() -> bytes:
        return encode(respond(asked, ssp, outcome.offers, site=bidder.site, now=now))

    def held() -> None:
        hold(facts, [contest(facts, imp, fitting, call, [])], call, [])

    contested = _microseconds(lambda: contest(facts, imp, fitting, call, []))
    return {
        "parse": _microseconds(lambda: parse(raw)),
        "refuse the whole call": _microseconds(lambda: refusal(asked, ssp, call.listed_sources)),
        "read the facts": _microseconds(lambda: read(call)),
        "targeting and rules of the request": _microseconds(
            lambda: book.eligible(facts, trading.ads, [])
        ),
        "rules of the impression": _microseconds(lambda: book.fitting(facts, imp, left, [])),
        "price the best few": contested,
        "hold the money: one round trip": _microseconds(held) - contested,
        "answer: markup, tokens, JSON": _microseconds(answered),
        "count who was turned away": _microseconds(lambda: bidder.desk.count(ssp, outcome)),
        "record the bid": _microseconds(
            lambda: bidder.record(asked, ssp, outcome.offers, now), repeats=50
        ),
    }


def _microseconds(step: Callable[[], object], repeats: int = REPEATS) -> float:
    step()
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(repeats):
            step()
        best = min(best, (time.perf_counter() - began) / repeats)
    return best * 1e6
