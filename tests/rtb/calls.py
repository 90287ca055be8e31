"""A call of the bidder's own, past its door."""

import time
from datetime import UTC, datetime
from random import Random
from typing import Any

from adserving import refresh
from adserving.addresses.ranges import AddressSet
from rtb.call import Call
from rtb.openrtb.parse import parse
from tests.rtb.acceptance.asked import body_of
from tests.rtb.world import RATES, BidWorld


def call_of(world: BidWorld, request: dict[str, Any]) -> Call:
    ssp = world.desk.ssp(world.ssp.key)
    trading = world.desk.trading(world.tenant.pk)
    assert ssp is not None
    assert trading is not None
    return Call(
        request=parse(body_of(request)),
        ssp=ssp,
        trading=trading,
        now=datetime.now(UTC),
        deadline=float("inf"),
        clock=time.monotonic,
        rng=Random(1),
        rates=RATES,
        spend=refresh.current_spend(),
        listed_sources=AddressSet(),
        vendor_id=0,
        hashed=lambda _, user_id: user_id,
    )
