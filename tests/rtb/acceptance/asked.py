"""Asking a world, and what it counted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from prometheus_client import REGISTRY

from adplatform.clients import redis
from rtb.reasons import ELIGIBLE
from tests.rtb.world import BidWorld
from tests.wsgi_client import Answer

NOBODY = "redis://127.0.0.1:1/0"  # a closed port


def body_of(request: dict[str, Any]) -> bytes:
    return json.dumps(request).encode()


def counted(world: BidWorld, name: str) -> tuple[set[str], set[str]]:
    """Reasons of the requests since the last time, and of the ads of the named line item."""
    trading = world.desk.trading(world.tenant.pk)
    assert trading is not None
    requests, planes = trading.tally.take()
    item_id = world.line_items[name].pk
    ours = [n for n, ad in enumerate(trading.book.ads) if ad.line_item.id == item_id]
    size = len(trading.book.ads)
    of_ads = {why for (_, why), each in planes.items() if np.any(each.counts(size)[ours])}
    return {reason for _, reason in requests}, of_ads - {ELIGIBLE}


def outcomes(outcome: str) -> float:
    """How many requests ended like this, in this process (``adplatform_bids_total``)."""
    return REGISTRY.get_sample_value("adplatform_bids_total", {"outcome": outcome}) or 0.0


def all_outcomes() -> float:
    """How many requests were counted at all."""
    samples = (each for family in REGISTRY.collect() for each in family.samples)
    return sum(each.value for each in samples if each.name == "adplatform_bids_total")


def assert_flips(world: BidWorld, name: str, answer: Answer, reason: str) -> None:
    """No bid, for this reason and no other."""
    assert answer.status == 204
    assert answer.body == b""
    of_requests, of_ads = counted(world, name)
    assert of_requests == {reason}
    assert of_ads <= {reason}


@contextmanager
def redis_at(settings: Any, url: str) -> Iterator[None]:
    """Redis is at another address, for example at NOBODY's."""
    before = settings.REDIS_URL
    settings.REDIS_URL = url
    redis.close()
    try:
        yield
    finally:
        settings.REDIS_URL = before
        redis.close()
