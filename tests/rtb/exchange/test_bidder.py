"""The bidder's answers to the exchange's traffic, judged by the exchange."""

import gzip
from collections import Counter
from random import Random

import pytest

from rtb.exchange.slots import SIZES
from rtb.exchange.traffic import Mix, Traffic
from rtb.exchange.validate import validate
from tests.rtb.world import add_line_item

RATES = {"USD": 1.0, "EUR": 0.92, "JPY": 150.0}
REQUESTS = 400


@pytest.fixture
def judged(bidding):
    """Every call with the exchange's verdict on its answer."""
    for width, height in SIZES:
        add_line_item(bidding, "image", name=f"{width}x{height}", width=width, height=height)
    bidding.reload()
    traffic = Traffic(Random(11), RATES, Mix())
    found = []
    for _ in range(REQUESTS):
        call = traffic.next(12)
        packed = {"content_encoding": "gzip"} if call.is_gzipped else {}
        body = gzip.compress(call.body) if call.is_gzipped else call.body
        answer = bidding.ask(body, **packed)
        found.append((call, validate(call.asked, answer.status, answer.body, RATES)))
    return found


def test_it_accepts_every_answer_and_most_requests_get_one(judged, bidding):
    broken = [(call.body, verdict.violations) for call, verdict in judged if verdict.violations]
    assert broken == []
    bids = Counter(bid.mtype for _call, verdict in judged for _seat, bid in verdict.answer.bids)
    answered = sum(1 for _call, verdict in judged if verdict.answer.bids)
    assert answered / len(judged) > 0.8, bidding.desk.trading(bidding.tenant.pk).tally._requests
    assert set(bids) == {1, 2, 3, 4}
