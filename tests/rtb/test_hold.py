"""How long a bid's money is held, and what becomes of holds whose bid was never sent."""

import pytest

from adplatform.clients import redis
from adserving.ledger.scripts import prefix
from tests.rtb import requests

NOTICE_SECONDS = 30  # between an impression and its notice


def held_for(world, request) -> tuple[int, int]:
    """Seconds that the exchange is told, and seconds until the hold ends."""
    (bid,) = world.ask(request).json()["seatbid"][0]["bid"]
    key = f"{prefix(world.tenant.pk)}expiry"
    ends_ms = redis.client().zscore(key, bid["id"])
    assert ends_ms is not None
    seconds, micros = redis.client().time()
    return bid["exp"], round(ends_ms / 1000 - seconds - micros / 1_000_000)


@pytest.mark.parametrize(
    ("exp", "told"), [(None, 60), (0, 60), (-100, 60), (5, 60), (600, 600), (2**53, 7170)]
)
def test_money_is_held_until_the_notice_of_the_last_moment_may_have_come(bidding, exp, told):
    changes = {} if exp is None else {"exp": exp}
    said, held = held_for(bidding, requests.banner_request(**changes))
    assert said == told
    assert held == pytest.approx(told + NOTICE_SECONDS, abs=2)
