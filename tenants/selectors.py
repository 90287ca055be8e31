"""Reading tenants, memberships and keys."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from tenants.keys import Caller, KnownKey, bearer, identify, prefix_of
from tenants.models import ApiKey, Membership, Tenant, UserSalt


class UnknownTenant(Exception):
    """No tenant has this id or slug."""


AnyUser = AbstractBaseUser | AnonymousUser


def is_operator(user: AnyUser) -> bool:
    """Operators (superusers) see every tenant."""
    return bool(user.is_active and getattr(user, "is_superuser", False))


def tenant_ids_for(user: AnyUser) -> frozenset[int]:
    """Ids of the tenants whose rows the user may see."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if is_operator(user):
        return frozenset(Tenant.across_tenants.values_list("pk", flat=True))
    return frozenset(
        Membership.across_tenants.filter(user_id=user.pk).values_list("tenant_id", flat=True)
    )


def tenant_named(text: str) -> int:
    """The id of the tenant with this id or slug.

    Raises:
        UnknownTenant: there is none.
    """
    wanted = Q(slug=text) | (Q(pk=int(text)) if text.isdecimal() else Q())
    found = list(Tenant.across_tenants.filter(wanted).values_list("pk", flat=True)[:2])
    if len(found) != 1:
        raise UnknownTenant(f"{text!r} names {len(found) or 'no'} account; give its id or slug")
    return found[0]


def event_retention() -> dict[int, int]:
    """Days for which tenants keep single events, by tenant id; only those that chose."""
    rows = Tenant.across_tenants.values_list("pk", "event_retention_days")
    return {pk: days for pk, days in rows if days}


def user_salts() -> dict[int, list[tuple[datetime, bytes]]]:
    """When each salt begins and what it is, the oldest first, by tenant id.

    Every active tenant that hashes is in it, also one that has no salt yet.
    """
    hashing = Tenant.across_tenants.filter(is_active=True, user_id_hashing=True)
    found: dict[int, list[tuple[datetime, bytes]]] = {
        pk: [] for pk in hashing.values_list("pk", flat=True)
    }
    for row in UserSalt.across_tenants.filter(tenant_id__in=found).order_by("valid_from"):
        found[row.tenant_id].append((row.valid_from, bytes(row.secret)))
    return found


def all_salts(tenant_id: int) -> list[tuple[datetime, bytes]]:
    """A tenant's salts that still exist, whether it hashes now or not."""
    rows = UserSalt.objects.for_tenant(tenant_id).order_by("valid_from")
    return [(row.valid_from, bytes(row.secret)) for row in rows]


def known_keys(prefixes: Iterable[str] | None = None) -> dict[str, KnownKey]:
    """Keys that open something now, by prefix; of active tenants, not revoked."""
    wanted = Q() if prefixes is None else Q(prefix__in=list(prefixes))
    rows = ApiKey.across_tenants.filter(
        wanted, revoked_at__isnull=True, tenant__is_active=True
    ).values_list("prefix", "hash", "tenant_id", "scopes")
    return {
        prefix: KnownKey(Caller(tenant_id, frozenset(scopes), prefix), key_hash)
        for prefix, key_hash, tenant_id, scopes in rows
    }


def caller_of(authorization: str) -> Caller | None:
    """The caller of a request outside the hot doors (one query)."""
    text = bearer(authorization)
    prefix = prefix_of(text)
    return identify(text, known_keys([prefix])) if prefix else None


def mark_keys_used(prefixes: Iterable[str], *, at: datetime) -> None:
    """Remember when keys were last used; called in the background, never per request."""
    ApiKey.across_tenants.filter(prefix__in=list(prefixes)).update(last_used_at=at)
