"""What a bid may cost: no SQL, one round trip to Redis; a no-bid costs none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adplatform.clients import redis
from tests.factories import FrequencyCapFactory
from tests.rtb import requests
from tests.rtb.acceptance.rich import bids_of
from tests.rtb.test_bid import KINDS


def calls() -> dict[str, int]:
    """How often each command was sent to the server by its clients."""
    stats = redis.client().info("commandstats")
    return {name: each["calls"] for name, each in stats.items()}


def sent(fn) -> dict[str, int]:
    """The commands that ``fn`` sent; those that a script runs are not sent."""
    fn()  # the script is known, and the connection made
    before = calls()
    fn()
    after = calls()
    return {
        name.removeprefix("cmdstat_"): count - before.get(name, 0)
        for name, count in after.items()
        if name.removeprefix("cmdstat_") in {"eval", "evalsha", "multi", "script|load", "ping"}
        and count > before.get(name, 0)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_bid_asks_the_database_nothing_and_redis_once(bidding, kind):
    FrequencyCapFactory(campaign=bidding.campaign, impressions=100)
    bidding.reload()
    request = KINDS[kind]()
    with CaptureQueriesContext(connection) as asked:
        assert sent(lambda: bidding.ask(request)) == {"evalsha": 1}
    assert len(asked) == 0


def test_all_impressions_are_held_in_one_round_trip(rich):
    imps = [
        requests.imp(id=str(n), banner=requests.banner_request()["imp"][0]["banner"])
        for n in range(20)
    ]
    request = requests.request_for(*imps)
    assert sent(lambda: rich.ask(request)) == {"evalsha": 1}
    assert len(bids_of(rich.ask(request))) == 20


@pytest.mark.parametrize("changes", [
    {"badv": ["example.com"]}, {"bidfloor": 9}, {"tmax": 1}, {"wseat": ["other"]}, {"test": 1},
])  # fmt: skip
def test_a_no_bid_asks_nobody(bidding, changes):
    FrequencyCapFactory(campaign=bidding.campaign, impressions=100)
    bidding.reload()
    request = requests.banner_request(**changes)
    before = sum(calls().values())
    with CaptureQueriesContext(connection) as asked:
        bidding.ask(request)
    assert len(asked) == 0
    assert sum(calls().values()) == before + 1  # asking for the numbers is one
