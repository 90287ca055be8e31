"""Claim a batch's events in Redis; while Redis is away, ClickHouse answers from its rows."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog

from adplatform import metrics
from adplatform.clients import redis
from events import store
from events.claims import Firsts, claim_key, first_of_each, unowned
from events.records import Arrived

log = structlog.get_logger(__name__)

PIPELINE_COMMANDS: Final = 5000


class Verdict(NamedTuple):
    """The events to store, and how many others were seen before."""

    fresh: list[Arrived]
    duplicates: int


def claim(
    arrived: Sequence[Arrived], *, topic_id: str, partition: int, ttl_seconds: int
) -> Verdict:
    """Claim each event for its place; what another place has claimed is a duplicate.

    Raises:
        ClickHouseUnavailable: Redis and ClickHouse are both away.
    """
    firsts = first_of_each(arrived)
    place = f"{topic_id}:{partition}"
    owners = _owners(firsts, place, ttl_seconds)
    fresh = unowned(firsts, owners, place)
    return Verdict(fresh, len(arrived) - len(fresh))


def _owners(firsts: Firsts, place: str, ttl_seconds: int) -> dict[str, str]:
    try:
        return _claim_in_redis(firsts, place, ttl_seconds)
    except redis.RedisUnavailable:
        log.warning("claims_unavailable", events=len(firsts), instead="clickhouse")
        metrics.UNCOUNTED.labels("event_claim").inc(len(firsts))
        rows = store.places([each.event for each in firsts.values()])
        return {claim_key(row.tenant_id, row.event_id.int): row.place for row in rows}


def _claim_in_redis(firsts: Firsts, place: str, ttl_seconds: int) -> dict[str, str]:
    """Claim what is free; returns who held the rest, by claim key."""
    entries = list(firsts.items())
    owners: dict[str, str] = {}
    for start in range(0, len(entries), PIPELINE_COMMANDS):
        part = entries[start : start + PIPELINE_COMMANDS]
        held = _set_if_free([(key, f"{place}:{each.offset}") for key, each in part], ttl_seconds)
        owners.update((key, owner) for (key, _), owner in zip(part, held, strict=True) if owner)
    return owners
