"""Whose report a request may read: the key's tenant, or one of the session user's."""

from collections.abc import Sequence
from typing import NamedTuple

from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request

from tenants.keys import Caller
from tenants.models import Tenant
from tenants.scopes import Scope
from tenants.selectors import tenant_ids_for


class TenantTime(NamedTuple):
    """A tenant and the time zone of its days."""

    tenant_id: int
    timezone: str


def tenant_of(request: Request, named: Sequence[str] = ()) -> TenantTime:
    """The tenant that ``tenant_id`` names; it may be left out where there is only one.

    ``named`` are ids that the request names elsewhere than in its query string.

    Raises:
        PermissionDenied: the API key does not open reports.
        NotFound: the tenant does not exist, or is not for this caller; they look the same.
        ValidationError: ``tenant_id`` is missing or not a number.
    """
    allowed = tenants_of(request)
    tenant_id = _named([*request.query_params.getlist("tenant_id"), *named], allowed)
    if tenant_id in allowed:
        zones = Tenant.objects.for_tenant(tenant_id).values_list("timezone", flat=True)
        for timezone in zones:
            return TenantTime(tenant_id, timezone)
    raise NotFound("not found")


def tenants_of(request: Request) -> frozenset[int]:
    """Ids of the tenants whose reports the caller may read.

    Raises:
        PermissionDenied: the API key does not open reports.
    """
    if not isinstance(request.auth, Caller):
        return tenant_ids_for(request.user)
    if Scope.REPORTS not in request.auth.scopes:
        raise PermissionDenied(f"this API key lacks the scope {Scope.REPORTS.value!r}")
    return frozenset({request.auth.tenant_id})


def _named(texts: list[str], allowed: frozenset[int]) -> int:
    if not texts and len(allowed) == 1:
        return next(iter(allowed))
    if len(texts) != 1 or not (texts[0].isascii() and texts[0].isdecimal()):
        raise ValidationError({"tenant_id": "give it once, as a whole number"})
    return int(texts[0][:20])
