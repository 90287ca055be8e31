"""Campaigns: budget, window and status; their line items and frequency caps on the same page."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from import_export.fields import Field
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.widgets import UnfoldAdminSelectWidget

from campaigns.admin.copying import copy_campaign
from campaigns.models import Campaign, CampaignStatus, FrequencyCap, LineItem
from tenants.admin.decorators import action, display
from tenants.admin.exports import SafeResource, TenantExport
from tenants.admin.forms import TenantModelForm
from tenants.admin.money import MoneyFields, money
from tenants.admin.pages import Question, confirm
from tenants.admin.scoping import Rows, TenantModelAdmin, TenantTabularInline
from tenants.roles import Action, Area

BUDGETS = {
    "daily_budget_cents": (
        "Daily budget",
        "The most to spend in a day of the account's time zone. Empty: no daily limit.",
    ),
    "total_budget_cents": (
        "Total budget",
        "The most to spend over the campaign's whole life. Empty: no limit.",
    ),
}
WINDOWS = [
    (3_600, "an hour"),
    (21_600, "6 hours"),
    (86_400, "a day"),
    (604_800, "a week"),
    (2_592_000, "30 days"),
]
STATUS_COLORS = {
    "Running": "success",
    "Scheduled": "info",
    "Draft": "primary",
    "Paused": "warning",
    "Ended": "danger",
}


def state_of(campaign: Campaign) -> str:
    """What a person would call it now: an active campaign may be scheduled, running or over."""
    if campaign.status != CampaignStatus.ACTIVE:
        return str(campaign.get_status_display())
    now = timezone.now()
    if now < campaign.start_at:
        return "Scheduled"
    return "Running" if now < campaign.end_at else "Ended"


class FrequencyCapForm(TenantModelForm):
    """The window in words; one that was set by other means stays choosable."""

    seconds = forms.TypedChoiceField(
        label="within", coerce=int, choices=WINDOWS, widget=UnfoldAdminSelectWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.instance.seconds
        field = self.fields["seconds"]
        if kept and isinstance(field, forms.ChoiceField) and kept not in dict(WINDOWS):
            field.choices = [*WINDOWS, (kept, f"{kept} seconds")]


class FrequencyCapInline(TenantTabularInline):
    area = Area.MONEY
    model = FrequencyCap
    form = FrequencyCapForm
    fields = ["impressions", "seconds"]
    verbose_name_plural = "frequency caps"
    tab = True


class LineItemInline(MoneyFields, TenantTabularInline):
    """The essentials; targeting and creatives are on the line item's own page."""

    area = Area.MONEY
    model = LineItem
    show_change_link = True
    tab = True
    money_labels: ClassVar[dict[str, tuple[str, str]]] = {
        "bid_cents": ("Bid (CPM)", ""),
        "daily_budget_cents": ("Daily budget", ""),
    }

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = ["name", "placement", "bid_cents", "daily_budget_cents", "priority", "status"]
        return self.money_names(request, obj, names)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        names = self.get_fields(request, obj)
        return [name for name in names if name.endswith("_shown")]

    @display(description="Bid (CPM)")
    def bid_cents_shown(self, item: LineItem) -> str:
        return money(item.bid_cents, item.tenant.currency)

    @display(description="Daily budget")
    def daily_budget_cents_shown(self, item: LineItem) -> str:
        return money(item.daily_budget_cents, item.tenant.currency)


class CampaignResource(SafeResource):
    account = Field(attribute="tenant__name", column_name="account")

    class Meta:
        model = Campaign
        fields = [
            *("id", "account", "name", "status", "objective", "start_at", "end_at"),
            *("daily_budget_cents", "total_budget_cents"),
        ]


@admin.register(Campaign)
class CampaignAdmin(MoneyFields, TenantExport, TenantModelAdmin):
    area = Area.MONEY
    resource_classes = [CampaignResource]
    list_display = ["name", "state", "window", "daily_budget", "total_budget"]
    list_select_related = ["tenant"]
    list_filter = ["status", ("start_at", RangeDateTimeFilter), ("end_at", RangeDateTimeFilter)]
    search_fields = ["name"]
    search_help_text = "Search by name"
    actions = ["pause", "activate", "duplicate"]
    actions_detail = ["duplicate_one"]
    inlines = [LineItemInline, FrequencyCapInline]
    money_labels = BUDGETS
    fieldsets = [
        (None, {"fields": [("name", "status"), "objective"]}),
        ("When", {"fields": [("start_at", "end_at")]}),
        ("Budget", {"fields": [("daily_budget_cents", "total_budget_cents")]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        *others, (when, dates), (title, options) = fieldsets
        zone = f"Times of {timezone.get_current_timezone_name()}."
        others.append((when, {**dates, "description": zone}))
        names = self.money_names(request, obj, options["fields"][0])
        return [*others, (title, {**options, "fields": [tuple(names)]})]

    @display(description="Daily budget")
    def daily_budget_cents_shown(self, campaign: Campaign) -> str:
        return money(campaign.daily_budget_cents, campaign.tenant.currency)

    @display(description="Total budget")
    def total_budget_cents_shown(self, campaign: Campaign) -> str:
        return money(campaign.total_budget_cents, campaign.tenant.currency)

    @display(description="Daily budget", ordering="daily_budget_cents")
    def daily_budget(self, campaign: Campaign) -> str:
        return self.daily_budget_cents_shown(campaign)

    @display(description="Total budget", ordering="total_budget_cents")
    def total_budget(self, campaign: Campaign) -> str:
        return self.total_budget_cents_shown(campaign)

    @display(description="State", ordering="status", label=STATUS_COLORS)
    def state(self, campaign: Campaign) -> str:
        return state_of(campaign)

    @display(description="Dates", ordering="start_at")
    def window(self, campaign: Campaign) -> str:
        start, end = timezone.localtime(campaign.start_at), timezone.localtime(campaign.end_at)
        return f"{start:%d %b %Y} to {end:%d %b %Y}"

    @action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Rows) -> None:
        self._set_status(request, queryset, CampaignStatus.PAUSED)

    @action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: Rows) -> None:
        over = self.changeable(request, queryset).filter(end_at__lte=timezone.now())
        for campaign in over:
            text = f"“{campaign.name}” is over: give it a later end first."
            self.message_user(request, text, messages.WARNING)
        self._set_status(request, queryset.exclude(pk__in=over), CampaignStatus.ACTIVE)

    def _set_status(self, request: HttpRequest, rows: Rows, status: CampaignStatus) -> None:
        """One by one, so that each change is in the campaign's history."""
        done = 0
        for campaign in self.changeable(request, rows).exclude(status=status):
            campaign.status = status
            campaign.save(update_fields=["status", "updated_at"])
            done += 1
        self.message_user(request, f"{done} changed to {status.label.lower()}.", messages.SUCCESS)

    @action(description="Duplicate as a draft", permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: Rows) -> None:
        copies = [self.copy(row) for row in self.changeable(request, queryset)]
        self.message_user(request, f"{len(copies)} duplicated as drafts.", messages.SUCCESS)

    @action(description="Duplicate", permissions=["add"], url_path="duplicate", icon="content_copy")
    def duplicate_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        campaign = self.required_object(request, object_id, Action.ADD)
        if request.method != "POST":
            back = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
            text = (
                "The copy is a draft with the same line items, caps and creatives. Creatives that "
                "show a template are left out: templates belong to their campaign."
            )
            title = f"Duplicate {campaign}?"
            return confirm(request, Question(title, text, "Duplicate", back))
        copied = self.copy(campaign)
        self.message_user(request, "This is the copy: a draft.", messages.SUCCESS)
        return redirect("admin:campaigns_campaign_change", copied.pk)

    def copy(self, campaign: Campaign) -> Campaign:
        return copy_campaign(campaign).campaign
