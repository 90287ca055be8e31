"""Campaigns with what each delivered today, one question per account, and with guardrails."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from adplatform.admin import delivery
from adplatform.admin.delivery import Delivery
from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.copying import copy_campaign
from campaigns.models import Campaign
from rtb.admin.copying import copy_exchange_settings
from rtb.admin.inlines import GuardrailsInline
from tenants.admin.decorators import display
from tenants.models import Tenant

CENTS = 100
NOTHING = "—"


class CampaignWithDelivery(CampaignAdmin):
    inlines = [*CampaignAdmin.inlines, GuardrailsInline]
    list_display = [
        *("name", "state", "window", "impressions_today", "clicks_today", "ctr_today"),
        *("spend_today", "total_budget"),
    ]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        if not attach_delivery(page.result_list, datetime.now(UTC)):
            self.message_user(request, delivery.AWAY, messages.WARNING)
        return page

    def copy(self, campaign: Campaign) -> Campaign:
        with transaction.atomic():
            made = copy_campaign(campaign)
            copy_exchange_settings(campaign, made)
        return made.campaign

    @display(description="Impressions today")
    def impressions_today(self, campaign: Campaign) -> str:
        return _shown(campaign, lambda done: f"{done.impressions:,}")

    @display(description="Clicks today")
    def clicks_today(self, campaign: Campaign) -> str:
        return _shown(campaign, lambda done: f"{done.clicks:,}")

    @display(description="CTR today")
    def ctr_today(self, campaign: Campaign) -> str:
        return _shown(campaign, lambda done: NOTHING if done.ctr is None else f"{done.ctr:.2%}")

    @display(description="Spent today", ordering="daily_budget_cents")
    def spend_today(self, campaign: Campaign) -> str | SafeString:
        done = _delivery(campaign)
        if done is None:
            return NOTHING
        return spend_bar(done.cost, campaign.daily_budget_cents, campaign.tenant.currency)


def attach_delivery(campaigns: list[Campaign], now: datetime) -> bool:
    """Give each campaign its ``delivery``; one question per tenant on the page. False: away."""
    by_tenant: defaultdict[Tenant, list[Campaign]] = defaultdict(list)
    for campaign in campaigns:
        by_tenant[campaign.tenant].append(campaign)
    for tenant, rows in by_tenant.items():
        period = delivery.today(tenant, now)
        found = delivery.delivery_by_campaign(tenant, period, [row.pk for row in rows])
        if found is None:
            return False
        for row in rows:
            row.delivery = found.get(row.pk, Delivery())  # type: ignore[attr-defined]
    return True


def spend_bar(cost: float, budget_cents: int | None, currency: str) -> SafeString:
    """The amount, and how much of the day's budget it is."""
    if not budget_cents:
        return format_html("{} {}", f"{cost:,.2f}", currency)
    budget = budget_cents / CENTS
    share = min(cost / budget, 1.0)
    return format_html(
        '<div class="spend" title="{} of the daily budget">{} of {} {}'
        '<div class="spend-bar"><div style="width: {}%"></div></div></div>',
        f"{share:.0%}",
        f"{cost:,.2f}",
        f"{budget:,.2f}",
        currency,
        f"{share * 100:.1f}",
    )


def _delivery(campaign: Campaign) -> Delivery | None:
    return getattr(campaign, "delivery", None)


def _shown(campaign: Campaign, text: Any) -> str:
    done = _delivery(campaign)
    return NOTHING if done is None else str(text(done))


admin.site.unregister(Campaign)
admin.site.register(Campaign, CampaignWithDelivery)
