"""What a ledger holds of budgets, for those who plan spend: read, never decided upon."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adplatform.clients import redis as redis_client
from adserving.ledger.scopes import TOTAL
from adserving.ledger.scripts import prefix


@dataclass(frozen=True, slots=True)
class Total:
    """Micros: ``spent`` of the day's bills, ``held`` for bids without an answer."""

    spent: int
    held: int


def totals(tenant_id: int, owners: Sequence[str], day: str) -> dict[str, Total] | None:
    """By owner (c12, l7); None while the ledger is not complete.

    Raises:
        RedisUnavailable: nothing can be said.
    """
    if not owners:
        return {}
    start = prefix(tenant_id)
    scopes = [f"{owner}:{period}" for period in (day, TOTAL) for owner in owners]

    def read(connected: Any) -> list[Any]:
        pipeline = connected.pipeline(transaction=True)
        pipeline.get(f"{start}ready")
        pipeline.hmget(f"{start}spent:{day}", owners)
        pipeline.hmget(f"{start}held", scopes)
        return pipeline.execute()  # type: ignore[no-any-return]

    ready, spent, held = redis_client.call("ledger totals", read)
    if not ready:
        return None
    count = len(owners)
    return {
        owner: Total(int(spent[n] or 0), max(int(held[n] or 0), int(held[count + n] or 0)))
        for n, owner in enumerate(owners)
    }


def of_scopes(tenant_id: int, keys: Sequence[str]) -> dict[str, Total] | None:
    """By scope (c12:2026-11-21, l7:total); None while the ledger is not complete.

    Raises:
        RedisUnavailable: nothing can be said.
    """
    start = prefix(tenant_id)

    def read(connected: Any) -> list[Any]:
        pipeline = connected.pipeline(transaction=True)
        pipeline.get(f"{start}ready")
        for key in keys:
            owner, _, period = key.partition(":")
            pipeline.hget(f"{start}spent:{period}", owner)
            pipeline.hget(f"{start}held", key)
        return pipeline.execute()  # type: ignore[no-any-return]

    ready, *found = redis_client.call("ledger scopes", read)
    if not ready:
        return None
    pairs = zip(keys, found[::2], found[1::2], strict=True)
    return {key: Total(int(spent or 0), int(held or 0)) for key, spent, held in pairs}
