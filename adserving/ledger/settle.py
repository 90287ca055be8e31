"""What becomes of a hold: it is billed, given back, or expires."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from adplatform import metrics
from adplatform.clients import redis as redis_client
from adplatform.money import Micros
from adserving.ledger.scripts import DAY_SECONDS, RELEASE, SETTLE, SWEEP, pack, prefix

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
KEEP_SECONDS: Final = 2 * 86_400  # how long a bill is known; its notices must not live longer
SWEPT_AT_ONCE: Final = 500


class Outcome(Enum):
    """LATE: it had expired, was given back or lost, so that it may exceed the budget."""

    FIRST = 0
    LATE = 1
    DUPLICATE = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """``at``: when it was booked, in Redis's milliseconds; a duplicate's is that of the first."""

    outcome: Outcome
    at: datetime


def settle(
    tenant_id: int,
    hold_id: str,
    amount: Micros,
    scopes: Sequence[str],
    *,
    keep_seconds: int = KEEP_SECONDS,
    now_ms: int | None = None,
) -> Settled:
    """Book a bill once, whatever became of its hold; ``scopes`` are those of the day of the bid.

    Raises:
        RedisUnavailable: nothing can be said; repeat, or let a rebuild find the BILLING event.
    """
    ask = [now_ms or 0, hold_id, amount, list(scopes), keep_seconds, DAY_SECONDS]
    code, at = redis_client.script(SETTLE, keys=[prefix(tenant_id)], args=[pack(ask)])
    outcome = Outcome(code)
    metrics.LEDGER_SETTLED.labels(outcome.name.lower()).inc()
    return Settled(outcome, EPOCH + timedelta(milliseconds=at))


def release(tenant_id: int, hold_id: str, *, now_ms: int | None = None) -> bool:
    """Give a hold back; whether there was one. What was billed stays billed.

    Raises:
        RedisUnavailable: nothing can be said; it expires.
    """
    ask = pack([now_ms or 0, hold_id])
    return bool(redis_client.script(RELEASE, keys=[prefix(tenant_id)], args=[ask]))


def sweep(tenant_id: int, *, now_ms: int | None = None) -> int:
    """Clear expired holds away; returns how many. Reserving does so too, a few each time.

    Raises:
        RedisUnavailable: some may be left.
    """
    ask, swept = pack([now_ms or 0, SWEPT_AT_ONCE]), 0
    while found := int(redis_client.script(SWEEP, keys=[prefix(tenant_id)], args=[ask])):
        swept += found
    return swept


def distrust(tenant_id: int) -> None:
    """Have the ledger rebuilt: Redis did not say whether it took a bill, so one may be missing.

    Raises:
        RedisUnavailable: call again.
    """
    keys = [f"{prefix(tenant_id)}{name}" for name in ("ready", "rebuilding")]
    redis_client.call("delete", lambda connected: connected.delete(*keys))
