"""What the person behind an admin request may do, read once per request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest

from tenants.models import Membership, Tenant
from tenants.roles import Action, Area, Role, may
from tenants.selectors import is_operator


@dataclass(frozen=True, slots=True)
class Access:
    """Roles by tenant; an operator has the owner's role in every tenant."""

    operator: bool
    roles: Mapping[int, str]

    def tenants(self, area: Area, action: Action) -> frozenset[int]:
        """Ids of the tenants in which the action is allowed."""
        return frozenset(pk for pk, role in self.roles.items() if may(role, area, action))

    def may(self, area: Area, action: Action, tenant_id: int | None = None) -> bool:
        """Whether the action is allowed in a tenant; without one, in any tenant."""
        if tenant_id is None:
            return any(may(role, area, action) for role in self.roles.values())
        return may(self.roles.get(tenant_id, ""), area, action)


def access_of(request: HttpRequest) -> Access:
    """The access of the request's user; nobody without an active session has any."""
    known = getattr(request, "tenant_access", None)
    if known is None:
        known = _read(request)
        request.tenant_access = known  # type: ignore[attr-defined]
    return cast("Access", known)


def _read(request: HttpRequest) -> Access:
    user = request.user
    if not (user.is_active and user.is_authenticated):
        return Access(operator=False, roles={})
    if is_operator(user):
        ids = Tenant.across_tenants.values_list("pk", flat=True)
        return Access(operator=True, roles=dict.fromkeys(ids, Role.OWNER))
    rows = Membership.across_tenants.filter(user_id=user.pk).values_list("tenant_id", "role")
    return Access(operator=False, roles=dict(rows))
