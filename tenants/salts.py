"""Making and destroying the secrets under which user ids are hashed; docs/privacy.md explains."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from tenants.models import Tenant, UserSalt

SALT_BYTES: Final = 32
AHEAD: Final = timedelta(days=2)  # every process has loaded the next salt before it is valid


class Rotated(NamedTuple):
    """What a rotation did."""

    created: int
    destroyed: int


@transaction.atomic
def rotate_salts(*, now: datetime, tenant_ids: Iterable[int] | None = None) -> Rotated:
    """Give every tenant that hashes the salt it needs; destroy those before the previous one.

    Run twice, or twice at once, it does the same: the second waits for the tenants' rows and then
    finds nothing to do. Returns how many salts were created and destroyed.
    """
    tenants = Tenant.across_tenants.select_for_update(no_key=True).order_by("pk")
    if tenant_ids is not None:
        tenants = tenants.filter(pk__in=list(tenant_ids))
    done = [_rotate(tenant, now) for tenant in tenants]
    return Rotated(sum(each.created for each in done), sum(each.destroyed for each in done))


def _rotate(tenant: Tenant, now: datetime) -> Rotated:
    created = _create_due(tenant, now) if tenant.user_id_hashing else 0
    return Rotated(created, _destroy_old(tenant, now))


def _create_due(tenant: Tenant, now: datetime) -> int:
    """Salts up to AHEAD; the first one, and one that is overdue, are valid at once."""
    newest, created = _salts(tenant).last(), 0
    while newest is None or newest.valid_from + _lifetime(tenant) <= now + AHEAD:
        begins = max(newest.valid_from + _lifetime(tenant), now) if newest else now
        newest = UserSalt.across_tenants.create(
            tenant=tenant, valid_from=begins, secret=secrets.token_bytes(SALT_BYTES)
        )
        created += 1
    return created


def _destroy_old(tenant: Tenant, now: datetime) -> int:
    """Keep the current salt, the one before and the next; those not in use age out as well."""
    begun = _salts(tenant).filter(valid_from__lte=now)
    kept = set(begun.reverse().values_list("pk", flat=True)[:2])
    if not tenant.user_id_hashing:
        aged = begun.filter(valid_from__lte=now - 2 * _lifetime(tenant))
        kept -= set(aged.values_list("pk", flat=True))
    return begun.exclude(pk__in=kept).delete()[0]


def _salts(tenant: Tenant) -> QuerySet[UserSalt]:
    return UserSalt.across_tenants.filter(tenant=tenant).order_by("valid_from")


def _lifetime(tenant: Tenant) -> timedelta:
    return timedelta(days=tenant.user_salt_days)
