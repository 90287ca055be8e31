"""Which account a page is about: the one in the address, else the user's first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest

from tenants.admin.access import access_of
from tenants.models import Tenant
from tenants.roles import Action, Area


@dataclass(frozen=True, slots=True)
class Account:
    """The account shown, and the others that the user may choose."""

    shown: Tenant | None
    choices: Sequence[Tenant]


def account_of(request: HttpRequest) -> Account:
    """Raises Http404 for an account that is not the user's."""
    visible = access_of(request).tenants(Area.MONEY, Action.VIEW)
    choices = list(Tenant.objects.for_tenants(visible).order_by("name"))
    asked = request.GET.get("account")
    if not asked:
        return Account(choices[0] if choices else None, choices)
    shown = next((tenant for tenant in choices if str(tenant.pk) == asked), None)
    if shown is None:
        raise Http404("no account with this id")
    return Account(shown, choices)
