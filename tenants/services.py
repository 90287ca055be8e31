"""Changing tenants: accounts, members and keys."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tenants.keys import new_key
from tenants.models import ApiKey, Membership, Tenant
from tenants.roles import Role


@transaction.atomic
def create_tenant(
    *, name: str, slug: str, owner: AbstractBaseUser, timezone: str = "UTC", currency: str = "USD"
) -> Tenant:
    """A tenant with its first owner."""
    tenant = Tenant(name=name, slug=slug, timezone=timezone, currency=currency)
    tenant.full_clean()
    tenant.save()
    Membership.across_tenants.create(tenant=tenant, user_id=owner.pk, role=Role.OWNER)
    return tenant


@transaction.atomic
def issue_api_key(*, tenant_id: int, name: str, scopes: Sequence[str]) -> tuple[ApiKey, str]:
    """A new key and its text, which nobody can read again."""
    key = new_key()
    row = ApiKey(
        tenant_id=tenant_id, name=name, scopes=list(scopes), prefix=key.prefix, hash=key.hash
    )
    row.full_clean()
    row.save()
    return row, key.text


@transaction.atomic
def revoke_api_key(key: ApiKey, *, now: datetime) -> bool:
    """Revoke a key; False when it was revoked before."""
    row = ApiKey.across_tenants.select_for_update().get(pk=key.pk)
    if row.revoked_at is not None:
        return False
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])  # not update(): the history must show it
    return True
