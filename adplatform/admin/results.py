"""Results: what was shown, clicked and bought, by campaign, creative, combination or day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.widgets import UnfoldAdminSelectWidget

from adplatform.admin import delivery
from adplatform.admin.accounts import account_of
from adplatform.admin.freshness import complete
from adplatform.admin.names import names_in
from campaigns.attribution import LABELS
from campaigns.models import (
    Campaign,
    Creative,
    CreativeAsset,
    LineItem,
    Placement,
    Segment,
    Template,
)
from events.types import InvalidReason
from optimization.space import parse_ad_id
from reporting.defaults import attribution_model
from reporting.query import Dimension, Granularity, Order
from reporting.result import Report
from tenants.models import Tenant

DAYS: Final = {"1": "Today", "7": "7 days", "30": "30 days", "90": "90 days"}
BY: Final = {
    "campaign": "Campaign",
    "line_item": "Line item",
    "creative": "Creative",
    "template": "Template",
    "ad_id": "Combination",
    "segment": "Segment",
    "placement": "Placement",
    "country": "Country",
    "device_type": "Device",
    "day": "Day",
}
NAMED: Final[dict[str, Any]] = {
    "campaign": Campaign,
    "line_item": LineItem,
    "creative": Creative,
    "template": Template,
    "segment": Segment,
    "placement": Placement,
}
NOTHING = "—"
NOT_COUNTED: Final = {
    InvalidReason.KNOWN_BOT: "Known robot",
    InvalidReason.PREFETCH: "Fetched ahead by a browser",
    InvalidReason.LISTED_SOURCE: "Address on a list of the operator",
    InvalidReason.EXPIRED_TOKEN: "Long after the ad was served",
    InvalidReason.REPLAYED_TOKEN: "Clicked again",
    InvalidReason.IMPOSSIBLE_TIME: "Too fast for a person",
    InvalidReason.CLICK_WITHOUT_IMPRESSION: "The ad was never shown",
    InvalidReason.DUPLICATE_CLICK: "Same visitor within seconds",
    InvalidReason.RATE_LIMIT: "Too many from one address",
}


class PeriodForm(forms.Form):
    days = forms.ChoiceField(
        label="Period", choices=list(DAYS.items()), initial="7", widget=UnfoldAdminSelectWidget
    )
    by = forms.ChoiceField(
        label="Broken down by",
        choices=list(BY.items()),
        initial="campaign",
        widget=UnfoldAdminSelectWidget,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table, as text."""

    name: str
    cells: tuple[str, ...]


HEADERS: Final = (
    *("Impressions", "Viewable", "Clicks", "CTR", "Conversions", "Attributed"),
    *("Conversion rate", "Spent", "Revenue"),
)
NOT_OF_A_TOUCH: Final = {"country", "device_type"}  # no credit is known by these


def results(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    form = PeriodForm({"days": "7", "by": "campaign", **request.GET.dict()})
    context = {
        **admin.site.each_context(request),
        "title": "Reports",
        "account": account,
        "form": form,
    }
    if account.shown is not None and form.is_valid():
        days, by = int(form.cleaned_data["days"]), str(form.cleaned_data["by"])
        context |= table(account.shown, days, by)
    return render(request, "admin/reporting/results.html", context)


def table(tenant: Tenant, days: int, by: str) -> dict[str, Any]:
    report = _ask(tenant, days, by)
    if report is None:
        return {"away": delivery.AWAY}
    rows = list(report.rows)
    names = names_of(tenant, by, (_key(row, by) for row in rows))
    return {
        "by": BY[by],
        "headers": [name for name in HEADERS if name != "Attributed" or _is_credited(by)],
        "lines": [Line(names.get(_key(row, by), NOTHING), cells(row, tenant)) for row in rows],
        "total": Line("Total", cells(report.totals, tenant)),
        "not_counted": not_counted(tenant, days, report),
        "complete": complete(report.freshness, ZoneInfo(tenant.timezone)),
        "credited": credited(report, tenant) if _is_credited(by) else "",
    }


def not_counted(tenant: Tenant, days: int, report: Report) -> list[Line]:
    """Invalid impressions and clicks by reason; single events are only asked if there are any."""
    if not report.totals["invalid_impressions"] and not report.totals["invalid_clicks"]:
        return []
    period = delivery.last_days(tenant, days, datetime.now(UTC))
    found = delivery.ask(tenant, period, dimensions=(Dimension.INVALID_REASON,))
    return [
        Line(NOT_COUNTED[InvalidReason(str(row["invalid_reason"]))], (impressions, clicks))
        for row in (found.rows if found else [])
        if row["invalid_reason"]
        for impressions, clicks in [
            (f"{row['invalid_impressions']:,}", f"{row['invalid_clicks']:,}")
        ]
    ]


def credited(report: Report, tenant: Tenant) -> str:
    """By which model conversions are attributed, and until when they are, in the account's time."""
    until = report.freshness.credited_until if report.freshness else None
    if until is None:
        return "Attributed: no conversion is credited to clicks and views yet; it takes a minute."
    zone = ZoneInfo(tenant.timezone)
    return (
        f"Attributed are conversions credited to a click or view before them "
        f"({LABELS[attribution_model(tenant.pk)]}), of events stored before "
        f"{until.astimezone(zone):%Y-%m-%d %H:%M:%S} ({zone.key})."
    )


def _is_credited(by: str) -> bool:
    return by not in NOT_OF_A_TOUCH


def _ask(tenant: Tenant, days: int, by: str) -> Report | None:
    period = delivery.last_days(tenant, days, datetime.now(UTC))
    if by == "day":
        return delivery.ask(tenant, period, granularity=Granularity.DAY, attributed=True)
    most_shown = (Order("impressions", descending=True),)
    return delivery.ask(
        tenant,
        period,
        dimensions=(Dimension(by),),
        order=most_shown,
        attributed=_is_credited(by),
    )


def _key(row: Mapping[str, object], by: str) -> str:
    return str(row["time"])[:10] if by == "day" else str(row[Dimension(by).column])


def names_of(tenant: Tenant, by: str, keys: Iterable[str]) -> Mapping[str, str]:
    """What to call each key: the row's own name, or the labels of a combination's values."""
    wanted = list(keys)
    if by == "day":
        return {key: key for key in wanted}
    if by == "ad_id":
        return _combinations(tenant, wanted)
    if by not in NAMED:
        return {key: key or "Unknown" for key in wanted}
    return names_in(NAMED[by], tenant.pk, wanted)


def _combinations(tenant: Tenant, ad_ids: list[str]) -> dict[str, str]:
    chosen = {ad_id: parse_ad_id(ad_id) or () for ad_id in ad_ids}
    ids = {asset for combination in chosen.values() for asset in combination}
    rows = CreativeAsset.objects.for_tenant(tenant.pk).filter(pk__in=ids)
    labels = {row.pk: str(row) for row in rows}
    return {
        ad_id: f"{ad_id}: " + " · ".join(labels.get(asset, str(asset)) for asset in combination)
        if combination
        else "Not a combination"
        for ad_id, combination in chosen.items()
    }


def cells(row: Mapping[str, Any], tenant: Tenant) -> tuple[str, ...]:
    return (
        f"{row['impressions']:,}",
        f"{row['viewable']:,}",
        f"{row['clicks']:,}",
        _percent(row["ctr"]),
        f"{row['conversions']:,}",
        *([_parts(row[delivery.ATTRIBUTED])] if delivery.ATTRIBUTED in row else []),
        _percent(row["conversion_rate"]),
        f"{row['cost_micros'] / delivery.MICROS:,.2f} {tenant.currency}",
        f"{row['revenue_cents'] / 100:,.2f} {tenant.currency}",
    )


def _parts(conversions: float) -> str:
    """Models that share credit give parts of conversions."""
    return f"{conversions:,.2f}".removesuffix(".00")


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.2%}"
