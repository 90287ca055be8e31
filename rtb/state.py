"""What the background jobs learned, on its way through Redis to every process that bids.

One hash for each account and kind: ``version`` (a format and a serial number), ``body``, and for
pacing the controllers' ``memory``. A process reads all of its accounts in one round trip; a body
travels only when its version is new. Without news, and while Redis is away, the last known stands:
a stale pass-through rate spends unevenly, budgets are the ledger's business.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec

from adplatform import metrics
from adplatform.clients import redis as redis_client
from adplatform.clients.redis import Script
from rtb.learned import TenantState
from rtb.pacing import PaceState
from rtb.rates import Predicted, Rates
from rtb.shading import Landscape, Node

FORMAT: Final = b"1:"  # of the bodies: another one's are not read
KEEP_SECONDS: Final = 7 * 86_400
KINDS: Final = ("pace", "prices", "rates")

# KEYS: the hashes; ARGV: the version known of each. Per hash {version, body}; no body when known.
READ: Final = """
local found = {}
for i, key in ipairs(KEYS) do
  local version = redis.call('HGET', key, 'version') or ''
  local body = version ~= ARGV[i] and redis.call('HGET', key, 'body') or ''
  found[i] = {version, body}
end
return found
"""


class Pace(msgspec.Struct, frozen=True):
    """What a run of pacing leaves: rates for bidding, controllers (c12, l7) for the next run."""

    at: datetime
    rates: dict[int, float] = {}


class _Prices(msgspec.Struct, frozen=True):
    at: datetime
    values: tuple[int, ...] = ()
    prices: tuple[tuple[Node, tuple[int, ...]], ...] = ()


class _Rates(msgspec.Struct, frozen=True):
    at: datetime
    account: Rates
    line_items: dict[int, Rates] = {}
    segments: tuple[tuple[int, int, Rates], ...] = ()


@dataclass(slots=True)
class _Known:
    """What this process knows of one account: versions, and what they stand for."""

    versions: list[bytes] = field(default_factory=lambda: [b""] * len(KINDS))
    learned_at: dict[str, datetime] = field(default_factory=dict)
    state: TenantState = field(default_factory=TenantState)


_known: dict[int, _Known] = {}
_encode = msgspec.msgpack.encode


def read_state(tenant_ids: Sequence[int]) -> dict[int, TenantState]:
    """Every account's state; what did not change is the same object as before.

    Raises:
        RedisError: Redis is away; the caller keeps what it has.
    """
    known = {each: _known.get(each) or _Known() for each in tenant_ids}
    asked = [Script(READ, _keys(each), known[each].versions) for each in tenant_ids]
    for tenant_id, answers in zip(tenant_ids, redis_client.scripts(asked), strict=True):
        _update(known[tenant_id], answers)
        _known[tenant_id] = known[tenant_id]
    _tell_age(known.values())
    return {each: known[each].state for each in tenant_ids}


def write_pace(tenant_id: int, pace: Pace, memory: Mapping[str, PaceState]) -> None:
    """Raises RedisError."""
    _write(tenant_id, "pace", pace, {b"memory": FORMAT + _encode(memory)})


def read_memory(tenant_id: int) -> dict[str, PaceState]:
    """The controllers as the last run left them; empty when Redis has forgotten them.

    Raises:
        RedisError: Redis is away.
    """
    key = _keys(tenant_id)[0]
    found = redis_client.call("pace memory", lambda connected: connected.hget(key, "memory"))
    if not isinstance(found, bytes) or not found.startswith(FORMAT):
        return {}
    return msgspec.msgpack.decode(found[len(FORMAT) :], type=dict[str, PaceState])


def write_landscape(tenant_id: int, landscape: Landscape, at: datetime) -> None:
    """Raises RedisError."""
    body = _Prices(at, landscape.values, tuple(landscape.prices.items()))
    _write(tenant_id, "prices", body)


def write_rates(tenant_id: int, predicted: Predicted, at: datetime) -> None:
    """Raises RedisError."""
    segments = tuple((*key, rates) for key, rates in predicted.segments.items())
    body = _Rates(at, predicted.account, dict(predicted.line_items), segments)
    _write(tenant_id, "rates", body)


def _write(
    tenant_id: int, kind: str, body: msgspec.Struct, more: Mapping[bytes, bytes] | None = None
) -> None:
    key = _keys(tenant_id)[KINDS.index(kind)]

    def write(connected: Any) -> None:
        serial = b"%d" % connected.incr(f"rtb:{{t{tenant_id}}}:serial")
        fields = {b"version": FORMAT + serial, b"body": _encode(body), **(more or {})}
        pipeline = connected.pipeline(transaction=True)
        pipeline.hset(key, mapping=fields)
        pipeline.expire(key, KEEP_SECONDS)
        pipeline.execute()

    redis_client.call(f"write {kind}", write)


def _keys(tenant_id: int) -> list[str]:
    return [f"rtb:{{t{tenant_id}}}:{kind}" for kind in KINDS]


def _update(known: _Known, answers: Sequence[tuple[bytes, bytes]]) -> None:
    for place, (version, body) in enumerate(answers):
        if body and version.startswith(FORMAT):
            known.state = _with(known, KINDS[place], body)
            known.versions[place] = version


def _with(known: _Known, kind: str, body: bytes) -> TenantState:
    was = known.state
    if kind == "pace":
        pace = msgspec.msgpack.decode(body, type=Pace)
        known.learned_at[kind] = pace.at
        return TenantState(pace.rates, was.landscape, was.predicted)
    if kind == "prices":
        prices = msgspec.msgpack.decode(body, type=_Prices)
        known.learned_at[kind] = prices.at
        landscape = Landscape(prices.values, dict(prices.prices))
        return TenantState(was.rates, landscape, was.predicted)
    rates = msgspec.msgpack.decode(body, type=_Rates)
    known.learned_at[kind] = rates.at
    segments = {(owner, segment): each for owner, segment, each in rates.segments}
    predicted = Predicted(rates.account, rates.line_items, segments)
    return TenantState(was.rates, was.landscape, predicted)


def _tell_age(known: Collection[_Known]) -> None:
    for kind in KINDS:
        moments = [each.learned_at[kind].timestamp() for each in known if kind in each.learned_at]
        if moments:
            metrics.RTB_LEARNED.labels(kind).set(min(moments))
