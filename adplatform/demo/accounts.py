"""The demo advertiser's account: tenant, people, API key."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User

from adplatform.demo import catalogue
from adplatform.demo.file import Secrets
from adplatform.demo.rows import ensure
from campaigns.models import AttributionRule
from tenants.models import ApiKey, Membership, Tenant
from tenants.roles import Role
from tenants.scopes import Scope
from tenants.selectors import caller_of
from tenants.services import create_tenant, issue_api_key, revoke_api_key

PASSWORD_BYTES = 12


@dataclass(frozen=True, slots=True)
class Account:
    """The tenant and the secrets that open it."""

    tenant: Tenant
    admin_password: str
    marketer_password: str
    api_key: str


def ensure_account(known: Secrets, *, now: datetime) -> Account:
    """The account of an earlier run with its secrets, or a new one."""
    admin, admin_password = _ensure_user(catalogue.OPERATOR, known.admin_password)
    if not admin.is_superuser:
        admin.is_superuser = True
        admin.save(update_fields=["is_superuser"])
    marketer, marketer_password = _ensure_user(catalogue.MARKETER, known.marketer_password)
    tenant = _ensure_tenant(admin)
    ensure(Membership, {"tenant": tenant, "user": marketer}, role=Role.MANAGER.value)
    ensure(AttributionRule, {"tenant": tenant}, click_window_hours=720, view_window_hours=24)
    api_key = _ensure_api_key(tenant, known.api_key, now=now)
    return Account(tenant, admin_password, marketer_password, api_key)


def _ensure_user(name: str, password: str) -> tuple[User, str]:
    """A member of staff whose password is the one in demo.json, whoever changed it."""
    password = password or secrets.token_urlsafe(PASSWORD_BYTES)
    user, _ = get_user_model().objects.get_or_create(username=name, defaults={"is_staff": True})
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user, password


def _ensure_tenant(owner: User) -> Tenant:
    found = Tenant.across_tenants.filter(slug=catalogue.TENANT_SLUG).first()
    return found or create_tenant(
        name=catalogue.TENANT_NAME,
        slug=catalogue.TENANT_SLUG,
        owner=owner,
        timezone=catalogue.TIMEZONE,
        currency=catalogue.CURRENCY,
    )


def _ensure_api_key(tenant: Tenant, text: str, *, now: datetime) -> str:
    """The known key while it opens everything, else a new one in its place."""
    caller = caller_of(f"Bearer {text}")
    if caller and caller.tenant_id == tenant.pk and caller.scopes >= set(Scope):
        return text
    for lost in ApiKey.across_tenants.filter(tenant=tenant, name=catalogue.API_KEY_NAME):
        revoke_api_key(lost, now=now)
    scopes = [scope.value for scope in Scope]
    _, fresh = issue_api_key(tenant_id=tenant.pk, name=catalogue.API_KEY_NAME, scopes=scopes)
    return fresh
