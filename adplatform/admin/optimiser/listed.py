"""The list: every template that may serve, and what learning brought it so far."""

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adplatform.admin import delivery
from adplatform.admin.accounts import account_of
from adplatform.admin.charts.measure import signed
from adplatform.admin.optimiser import figures, words
from adplatform.admin.optimiser.found import Found, find
from adplatform.admin.optimiser.state import State, state_of
from campaigns.models import Template, TemplateStatus
from tenants.models import Tenant

PER_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One template as text."""

    name: str
    campaign: str
    url: str
    state: State
    combinations: str
    last_run: str
    rate: str
    chance: str
    uplift: str
    uplift_span: str


def listed(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    context = {
        **admin.site.each_context(request),
        "title": "Creative optimiser",
        "account": account,
    }
    if account.shown is not None:
        with timezone.override(ZoneInfo(account.shown.timezone)):
            context |= _lines(account.shown, request.GET.get("page", "1"))
    return render(request, "admin/optimization/optimiser_list.html", context)


def _lines(tenant: Tenant, page: str) -> dict[str, Any]:
    rows = Template.objects.for_tenant(tenant.pk).filter(status=TemplateStatus.PUBLISHED)
    rows = rows.select_related("campaign", "tenant").order_by("-published_at", "-pk")
    shown = Paginator(rows, PER_PAGE).get_page(page)
    known = [find(template) for template in shown]
    return {
        "page": shown,
        "lines": [_line(found) for found in known],
        "away": delivery.AWAY if any(found.rows is None for found in known) else "",
    }


def _line(found: Found) -> Line:
    gain = figures.gain(found)
    last = found.learning.last_run_at
    return Line(
        str(found.template),
        str(found.template.campaign),
        reverse("admin:optimiser_template", args=[found.template.pk]),
        state_of(found),
        f"{found.combinations.space.allowed:,.0f}",
        figures.moment(last) if last else words.NOTHING,
        words.rate(gain.now),
        words.rate(gain.chance),
        signed(gain.uplift.value) if gain.uplift else words.NOTHING,
        f"{signed(gain.uplift.low)} to {signed(gain.uplift.high)}" if gain.uplift else "",
    )
