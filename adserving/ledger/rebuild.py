"""[FLOW] Make an account's ledger complete again after Redis lost it, or may have lost its end.

T0 is a moment of Redis's clock. What was billed before it comes from ClickHouse; what was billed
since is in the ledger and stays. Every step says which rebuild it is of, and is void once another
one began or Redis was lost again: whoever finds a ledger incomplete may rebuild it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from adplatform import metrics
from adplatform.clients import redis as redis_client
from adserving.ledger import billed
from adserving.ledger.arrived import Arrivals
from adserving.ledger.scripts import BEGIN, DAY_SECONDS, FINISH, READY, REMEMBER, pack, prefix
from adserving.ledger.settle import KEEP_SECONDS

log = structlog.get_logger(__name__)

REMEMBERED_AT_ONCE: Final = 500
GRACE_MS: Final = 2000  # within that, what was billed has reached Kafka, or the spool
ALONE_MS: Final = 10_000  # others leave the reading to the process that began with it
VOID: Final = "Redis was lost again meanwhile, or another rebuild began"
IN_FLIGHT: Final = "bills may be on their way to Kafka"
AT_WORK: Final = "another process is at it"


@dataclass(frozen=True, slots=True)
class Plan:
    """A rebuild under way: it ends at ``since_ms`` (T0), ``now_ms`` is when it was asked for."""

    tenant_id: int
    token: str
    since_ms: int
    now_ms: int

    @property
    def prefix(self) -> str:
        return prefix(self.tenant_id)


def rebuild_where_needed(zones: Mapping[int, ZoneInfo]) -> dict[int, str]:
    """Go on with every ledger of these accounts that is not complete; why each still is not.

    Raises:
        RedisUnavailable, ClickHouseUnavailable: not now; call again.
    """
    if not zones:
        return {}
    ready = redis_client.identified_script(READY, keys=[prefix(each) for each in zones])
    unready = [each for each, is_ready in zip(zones, ready, strict=True) if not is_ready]
    plans = [plan for each in unready if (plan := _begin(each, force=False))]
    arrivals = Arrivals()
    found = {plan.tenant_id: _go_on(plan, zones[plan.tenant_id], arrivals) for plan in plans}
    return {each: why for each, why in found.items() if why}


def rebuild(
    tenant_id: int, zone: ZoneInfo, *, force: bool = False, grace_ms: int = GRACE_MS
) -> str:
    """Go one step on; returns what it waits for, or nothing when the ledger is complete.

    Call it again while it waits. ``zone`` is the account's, for bills that do not say their day.
    ``force`` begins although the ledger is complete: nobody bids until it is again.

    Raises:
        RedisUnavailable, ClickHouseUnavailable: not now; call again.
    """
    plan = _begin(tenant_id, force=force)
    return "" if plan is None else _go_on(plan, zone, Arrivals(), grace_ms)


def _go_on(plan: Plan, zone: ZoneInfo, arrivals: Arrivals, grace_ms: int = GRACE_MS) -> str:
    why = IN_FLIGHT
    if plan.now_ms >= plan.since_ms + grace_ms:
        why = arrivals.lacks(f"{plan.prefix}ends:{plan.token}")
    if not why:
        why = _fill(plan, zone) if _alone(plan) else AT_WORK
    metrics.LEDGER_REBUILDS.labels(_outcome(why)).inc()
    log.info("ledger_rebuild", tenant_id=plan.tenant_id, waits_for=why, since_ms=plan.since_ms)
    return why


def _begin(tenant_id: int, *, force: bool) -> Plan | None:
    found = _run(BEGIN, prefix(tenant_id), [0, uuid4().hex, int(force)])
    if found is None:
        return None
    token, since_ms, now_ms = found
    return Plan(tenant_id, token.decode(), int(since_ms), int(now_ms))


def _alone(plan: Plan) -> bool:
    key = f"{plan.prefix}rebuilder"
    return bool(
        redis_client.call("set", lambda connected: connected.set(key, 1, nx=True, px=ALONE_MS))
    )


def _fill(plan: Plan, zone: ZoneInfo) -> str:
    """Remembered bills first: until then a repeated notice could be booked beside the sums."""
    keep_seconds = max(KEEP_SECONDS, settings.RTB_NOTICE_SECONDS)
    settled = billed.settled(plan.tenant_id, plan.since_ms, keep_seconds)
    sums = billed.sums(plan.tenant_id, plan.since_ms, zone.key)
    for start in range(0, len(settled), REMEMBERED_AT_ONCE):
        part = settled[start : start + REMEMBERED_AT_ONCE]
        if not _run(REMEMBER, plan.prefix, [plan.token, keep_seconds, DAY_SECONDS, part]):
            return VOID
    done = _run(FINISH, plan.prefix, [plan.token, DAY_SECONDS, list(sums.items())])
    return "" if done else VOID


def _run(lua: str, key: str, ask: list[object]) -> Any:
    return redis_client.identified_script(lua, keys=[key], args=[pack(ask)])


def _outcome(why: str) -> str:
    return "done" if not why else "void" if why == VOID else "waiting"
