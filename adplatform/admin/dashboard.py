"""The first page: what runs, what it delivered in 24 hours, and what is missing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from adplatform.admin import delivery
from adplatform.admin.accounts import account_of
from adplatform.admin.campaigns import NOTHING, attach_delivery, spend_bar
from adplatform.admin.delivery import Delivery
from campaigns.models import (
    Campaign,
    CampaignStatus,
    LineItem,
    LineItemStatus,
    Placement,
    Template,
    TemplateStatus,
)
from tenants.models import Tenant

SHOWN_CAMPAIGNS = 10
SHOWN_HINTS = 8


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that is missing, and where to add it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Running:
    """A running campaign with today's figures as text."""

    name: str
    url: str
    end_at: datetime
    impressions: str = NOTHING
    clicks: str = NOTHING
    ctr: str = NOTHING
    spend: str = NOTHING


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the first page; DASHBOARD_CALLBACK of unfold."""
    account = account_of(request)
    context |= {"title": "Overview", "account": account}
    if account.shown is None:
        return context
    now = datetime.now(UTC)
    done = delivery.totals(account.shown, delivery.last_hours(24, now))
    running = _running(account.shown, now)
    known = done is not None and attach_delivery(running, now)
    return context | {
        "figures": _figures(done, account.shown, len(running)),
        "away": delivery.AWAY if done is None else "",
        "running": [_row(campaign, known=known) for campaign in running[:SHOWN_CAMPAIGNS]],
        "hints": list(_hints(account.shown, now))[:SHOWN_HINTS],
    }


def _row(campaign: Any, *, known: bool) -> Running:
    url = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
    if not known:
        return Running(campaign.name, url, campaign.end_at)
    done: Delivery = campaign.delivery
    return Running(
        campaign.name,
        url,
        campaign.end_at,
        f"{done.impressions:,}",
        f"{done.clicks:,}",
        NOTHING if done.ctr is None else f"{done.ctr:.2%}",
        spend_bar(done.cost, campaign.daily_budget_cents, campaign.tenant.currency),
    )


def _running(tenant: Tenant, now: datetime) -> list[Campaign]:
    rows = Campaign.objects.for_tenant(tenant.pk).select_related("tenant")
    return list(rows.filter(status=CampaignStatus.ACTIVE, start_at__lte=now, end_at__gt=now))


def _figures(done: Delivery | None, tenant: Tenant, running: int) -> list[Figure]:
    """The cards; a dash for what is not known."""
    if done is None:
        amounts = [NOTHING] * 4
    else:
        ctr = NOTHING if done.ctr is None else f"{done.ctr:.2%}"
        spend = f"{done.cost:,.2f} {tenant.currency}"
        amounts = [f"{done.impressions:,}", f"{done.clicks:,}", ctr, spend]
    labels = ["Impressions, 24 h", "Clicks, 24 h", "CTR, 24 h", "Spent, 24 h"]
    cards = [Figure(label, value) for label, value in zip(labels, amounts, strict=True)]
    return [Figure("Campaigns running", str(running)), *cards]


def _hints(tenant: Tenant, now: datetime) -> Iterator[Hint]:
    yield from _first_steps(tenant)
    yield from _ended(tenant, now)
    yield from _without_line_item(tenant, now)
    yield from _without_creative(tenant, now)
    yield from _drafts(tenant)


def _first_steps(tenant: Tenant) -> Iterator[Hint]:
    if not Placement.objects.for_tenant(tenant.pk).exists():
        url = reverse("admin:campaigns_placement_add")
        yield Hint("Add a placement: the place on your pages where ads appear.", url)
    if not Campaign.objects.for_tenant(tenant.pk).exists():
        yield Hint("Add your first campaign.", reverse("admin:campaigns_campaign_add"))


def _ended(tenant: Tenant, now: datetime) -> Iterator[Hint]:
    rows = Campaign.objects.for_tenant(tenant.pk)
    for row in rows.filter(status=CampaignStatus.ACTIVE, end_at__lte=now):
        text = f"“{row}” is over: extend it, or set it to ended."
        yield Hint(text, reverse("admin:campaigns_campaign_change", args=[row.pk]))


def _without_line_item(tenant: Tenant, now: datetime) -> Iterator[Hint]:
    rows = Campaign.objects.for_tenant(tenant.pk)
    active = rows.filter(status=CampaignStatus.ACTIVE, end_at__gt=now)
    for row in active.exclude(line_items__status=LineItemStatus.ACTIVE):
        text = f"“{row}” has no active line item: it cannot serve."
        yield Hint(text, reverse("admin:campaigns_campaign_change", args=[row.pk]))


def _without_creative(tenant: Tenant, now: datetime) -> Iterator[Hint]:
    rows = LineItem.objects.for_tenant(tenant.pk)
    live = rows.filter(
        status=LineItemStatus.ACTIVE,
        campaign__status=CampaignStatus.ACTIVE,
        campaign__end_at__gt=now,
    )
    for row in live.exclude(creatives__is_active=True):
        text = f"Line item “{row}” has no active creative: it cannot serve."
        yield Hint(text, reverse("admin:campaigns_lineitem_change", args=[row.pk]))


def _drafts(tenant: Tenant) -> Iterator[Hint]:
    rows = Template.objects.for_tenant(tenant.pk)
    for row in rows.filter(status=TemplateStatus.DRAFT):
        text = f"Template “{row}” is a draft: publish it so that it serves."
        yield Hint(text, reverse("admin:campaigns_template_change", args=[row.pk]))
