"""Line items: a bid for a placement, who it is for, and what it shows."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from import_export.fields import Field

from campaigns.admin.campaign import FrequencyCapInline
from campaigns.admin.creative import CreativeInline
from campaigns.admin.targeting_form import RuleFields, RuleForm, summary
from campaigns.models import LineItem, LineItemStatus
from tenants.admin.decorators import action, display
from tenants.admin.exports import SafeResource, TenantExport
from tenants.admin.money import MoneyFields, money
from tenants.admin.scoping import Rows, TenantModelAdmin
from tenants.roles import Area

SUMMARY_CHARS = 80


class LineItemResource(SafeResource):
    campaign = Field(attribute="campaign__name", column_name="campaign")
    placement = Field(attribute="placement__key", column_name="placement")

    class Meta:
        model = LineItem
        fields = [
            *("id", "campaign", "placement", "name", "status", "bid_cents", "priority"),
            *("pacing_mode", "daily_budget_cents", "total_budget_cents", "targeting_json"),
        ]


class LineItemForm(RuleForm):
    rule_field: ClassVar[str] = "targeting_json"


@admin.register(LineItem)
class LineItemAdmin(RuleFields, MoneyFields, TenantExport, TenantModelAdmin):
    area = Area.MONEY
    form = LineItemForm
    resource_classes = [LineItemResource]
    list_display = ["name", "campaign", "where", "state", "bid", "daily_budget", "audience"]
    list_select_related = ["campaign", "placement", "tenant"]
    list_filter = ["status", "campaign", "placement", "pacing_mode"]
    search_fields = ["name", "campaign__name"]
    autocomplete_fields = ["campaign"]
    actions = ["pause", "activate"]
    actions_detail = ["explain"]
    inlines = [CreativeInline, FrequencyCapInline]
    money_labels: ClassVar[dict[str, tuple[str, str]]] = {
        "bid_cents": ("Bid (CPM)", "The price of 1,000 impressions, for example 2.50."),
        "daily_budget_cents": (
            "Daily budget",
            "Inside the campaign's budget. Empty: only the campaign's limit.",
        ),
        "total_budget_cents": (
            "Total budget",
            "Over the line item's whole life. Empty: only the campaign's limit.",
        ),
    }
    fieldsets = [
        (None, {"fields": [("campaign", "placement"), ("name", "status")]}),
        (
            "Price and pace",
            {
                "fields": [
                    ("bid_cents", "daily_budget_cents", "total_budget_cents"),
                    ("priority", "pacing_mode"),
                ]
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        rows = fieldsets[1][1]["fields"]
        shown = [tuple(self.money_names(request, obj, row)) for row in rows]
        price = (fieldsets[1][0], {**fieldsets[1][1], "fields": shown})
        return [fieldsets[0], price, *fieldsets[2:]]

    @display(description="Bid (CPM)")
    def bid_cents_shown(self, item: LineItem) -> str:
        return money(item.bid_cents, item.tenant.currency)

    @display(description="Daily budget")
    def daily_budget_cents_shown(self, item: LineItem) -> str:
        return money(item.daily_budget_cents, item.tenant.currency)

    @display(description="Total budget")
    def total_budget_cents_shown(self, item: LineItem) -> str:
        return money(item.total_budget_cents, item.tenant.currency)

    @display(description="Bid (CPM)", ordering="bid_cents")
    def bid(self, item: LineItem) -> str:
        return self.bid_cents_shown(item)

    @display(description="Daily budget", ordering="daily_budget_cents")
    def daily_budget(self, item: LineItem) -> str:
        return self.daily_budget_cents_shown(item)

    @display(description="Placement", ordering="placement")
    def where(self, item: LineItem) -> str:
        return str(item.placement or "exchanges only")

    @display(
        description="State", ordering="status", label={"Active": "success", "Paused": "warning"}
    )
    def state(self, item: LineItem) -> str:
        return str(item.get_status_display())

    @display(description="For whom")
    def audience(self, item: LineItem) -> str:
        text = summary(item.targeting_json)
        return text if len(text) <= SUMMARY_CHARS else f"{text[:SUMMARY_CHARS]}…"

    @action(
        description="Why is this (not) serving?",
        permissions=["view"],
        url_path="explain",
        icon="troubleshoot",
    )
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.required_object(request, object_id)
        return redirect("admin:why", item.pk)

    @action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Rows) -> None:
        self._set_status(request, queryset, LineItemStatus.PAUSED)

    @action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: Rows) -> None:
        self._set_status(request, queryset, LineItemStatus.ACTIVE)

    def _set_status(self, request: HttpRequest, rows: Rows, status: LineItemStatus) -> None:
        done = 0
        for item in self.changeable(request, rows).exclude(status=status):
            item.status = status
            item.save(update_fields=["status", "updated_at"])
            done += 1
        self.message_user(request, f"{done} changed to {status.label.lower()}.", messages.SUCCESS)
