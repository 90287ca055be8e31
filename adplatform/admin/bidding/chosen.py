"""What the page is asked for: a period, a line item, an exchange."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db.models import Q
from unfold.widgets import UnfoldAdminSelectWidget

from adplatform.admin.delivery import Period, last_days, last_hours, today
from campaigns.models import LineItem
from rtb.models import Ssp
from tenants.models import Tenant

MAX_CHOICES: Final = 500
PERIODS: Final = {
    "hour": "Last hour",
    "today": "Today",
    "7": "7 days",
    "30": "30 days",
}
PERIOD_OF: Final[Mapping[str, Callable[[Tenant, datetime], Period]]] = {
    "hour": lambda _tenant, now: last_hours(1, now),
    "today": today,
    "7": lambda tenant, now: last_days(tenant, 7, now),
    "30": lambda tenant, now: last_days(tenant, 30, now),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """``name`` is a key of PERIODS; None: every line item, every exchange."""

    tenant: Tenant
    name: str
    period: Period
    line_item_id: int | None = None
    ssp_id: int | None = None

    def query(self, **changes: int) -> str:
        """The query string of this page with some of it changed."""
        fields = {
            "account": self.tenant.pk,
            "period": self.name,
            "line_item": self.line_item_id,
            "ssp": self.ssp_id,
            **changes,
        }
        return urlencode({name: value for name, value in fields.items() if value is not None})


class ChosenForm(forms.Form):
    """Ids of other accounts are no choices, as ids that do not exist."""

    period = forms.ChoiceField(choices=list(PERIODS.items()), widget=UnfoldAdminSelectWidget)
    line_item = forms.ChoiceField(label="Line item", required=False, widget=UnfoldAdminSelectWidget)
    ssp = forms.ChoiceField(label="Exchange", required=False, widget=UnfoldAdminSelectWidget)

    def __init__(self, tenant: Tenant, asked: Mapping[str, str]) -> None:
        super().__init__({"period": "today", **asked})
        self.tenant = tenant
        self._offer("line_item", "All", _line_items(tenant, asked.get("line_item", "")))
        exchanges = Ssp.objects.for_tenant(tenant.pk).order_by("name", "pk")
        self._offer("ssp", "All", {row.pk: row.name for row in exchanges})

    def chosen(self, now: datetime) -> Chosen:
        """Of a form that is valid."""
        name = str(self.cleaned_data["period"])
        return Chosen(
            self.tenant,
            name,
            PERIOD_OF[name](self.tenant, now),
            _id(self.cleaned_data["line_item"]),
            _id(self.cleaned_data["ssp"]),
        )

    def _offer(self, name: str, every: str, choices: Mapping[int, str]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", every), *choices.items()]


def _line_items(tenant: Tenant, asked: str) -> Mapping[int, str]:
    """Those with bidding, as many as a list may hold, and the one that is asked for."""
    rows = LineItem.objects.for_tenant(tenant.pk).select_related("campaign")
    found = list(rows.filter(bid_strategy__isnull=False)[:MAX_CHOICES])
    if asked.isascii() and asked.isdecimal():
        listed = {row.pk for row in found}
        found += rows.filter(Q(pk=asked[:18]) & ~Q(pk__in=listed))
    return {row.pk: f"{row} ({row.campaign})" for row in found}


def _id(text: str) -> int | None:
    return int(text) if text else None
