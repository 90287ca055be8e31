"""Looking into a ledger from outside, and opening one without a rebuild."""

from typing import Any

from adplatform.clients import redis
from adplatform.money import Micros
from adserving.ledger import Scope, Slot, Want
from adserving.ledger.scripts import prefix

TENANT = 5


def mark_complete(tenant_id=TENANT) -> None:
    run_id = redis.client().info("server")["run_id"]
    redis.client().set(f"{prefix(tenant_id)}ready", run_id)


def spent(key, tenant_id=TENANT) -> int:
    owner, period = key.split(":")
    return int(redis.client().hget(f"{prefix(tenant_id)}spent:{period}", owner) or 0)


def held(key, tenant_id=TENANT) -> int:
    return int(redis.client().hget(f"{prefix(tenant_id)}held", key) or 0)


def all_held(tenant_id=TENANT) -> dict:
    """What is left of holds: empty when none is."""
    client, start = redis.client(), prefix(tenant_id)
    names = ("holds", "held")
    found: dict[str, Any] = {name: client.hgetall(start + name) for name in names}
    found["expiry"] = client.zrange(f"{start}expiry", 0, -1)
    return {name: each for name, each in found.items() if each}


def a_scope(key="c1:total", cap=1000, reason=None) -> Scope:
    return Scope(key, Micros(cap), reason or f"{key} is used up")


def a_want(amount=100, *scopes, caps=()) -> Want:
    return Want(Micros(amount), scopes or (a_scope(),), tuple(caps))


def a_slot(hold_id="h1", *wants, ttl_seconds=60) -> Slot:
    return Slot(hold_id, ttl_seconds, wants or (a_want(),))
