"""Exchanges with the address that they call, and deals."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.html import format_html

from campaigns.models import LineItem
from rtb.admin.fields import EntriesField, SearchableChoices
from rtb.admin.guarded import KeptWhileUsed
from rtb.models import BidStrategy, Deal, Ssp
from tenants.admin.decorators import action, display
from tenants.admin.forms import TenantModelForm
from tenants.admin.money import MoneyFields, money
from tenants.admin.scoping import Rows, TenantModelAdmin
from tenants.roles import Area

STATES = {"Active": "success", "Paused": "warning"}


def bid_url(ssp: Ssp) -> str:
    """Where the exchange sends its bid requests."""
    return f"{settings.BASE_URL}/rtb/bid/{ssp.key}"


class SspForm(TenantModelForm):
    blocked_sellers = EntriesField(
        rows=4,
        label="Blocked sellers",
        placeholder="seller.example\nseller.example/pub-123",
        help_text="Nothing is bought through these, wherever they are in the supply chain; one a "
        "line: a whole system, or one seller of it after a slash.",
    )


class Switchable:
    """List actions that pause and activate rows with ``is_active``."""

    @action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Rows) -> None:
        self._switch(request, queryset, active=False)

    @action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: Rows) -> None:
        self._switch(request, queryset, active=True)

    def _switch(self, request: HttpRequest, rows: Rows, *, active: bool) -> None:
        """One by one, so that each change is in the row's history."""
        done = 0
        for row in self.changeable(request, rows).exclude(is_active=active):  # type: ignore[attr-defined]
            row.is_active = active
            row.save(update_fields=["is_active"])
            done += 1
        said = f"{done} changed to {'active' if active else 'paused'}."
        self.message_user(request, said, messages.SUCCESS)  # type: ignore[attr-defined]

    @display(description="State", ordering="is_active", label=STATES)
    def state(self, row: Any) -> str:
        return "Active" if row.is_active else "Paused"


@admin.register(Ssp)
class SspAdmin(Switchable, KeptWhileUsed, TenantModelAdmin):
    area = Area.MONEY
    form = SspForm
    list_display = ["name", "key", "state", "seat", "bid_address"]
    list_filter = ["is_active"]
    search_fields = ["name", "key"]
    actions = ["pause", "activate"]
    readonly_fields = ["bid_address"]
    used_by: ClassVar[list[tuple[type[Any], str]]] = [(BidStrategy, "ssps")]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", ("key", "is_active"), "bid_address"],
                "description": "An exchange sends its bid requests to the address below.",
            },
        ),
        ("What was agreed", {"fields": [("seat", "currency"), ("qps_limit", "no_bid_style")]}),
        ("Time", {"fields": [("timeout_ms", "network_ms"), "gzip_response"]}),
        ("Who sells", {"fields": ["blocked_sellers", "complete_chain"]}),
    ]

    @display(description="Bid URL")
    def bid_address(self, ssp: Ssp) -> str:
        if not ssp.key:
            return "It is shown here once you have saved the key."
        return format_html('<code class="adp-code adp-copy">{}</code>', bid_url(ssp))


@admin.register(Deal)
class DealAdmin(SearchableChoices, Switchable, MoneyFields, TenantModelAdmin):
    area = Area.MONEY
    list_display = ["name", "deal_id", "ssp", "state", "price", "buyers"]
    list_select_related = ["ssp", "tenant"]
    list_filter = ["is_active", "ssp"]
    search_fields = ["name", "deal_id"]
    actions = ["pause", "activate"]
    money_labels: ClassVar[dict[str, tuple[str, str]]] = {
        "price_cents": (
            "Price (CPM)",
            "What was agreed for 1,000 impressions. Empty: the floor in each request.",
        )
    }
    fieldsets = [
        (None, {"fields": [("ssp", "deal_id"), ("name", "is_active"), "price_cents"]}),
        ("Who may buy", {"fields": ["line_items"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> Rows:
        return super().get_queryset(request).prefetch_related("line_items")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        title, options = fieldsets[0]
        fields = [
            tuple(self.money_names(request, obj, each)) if isinstance(each, tuple) else each
            for each in options["fields"][:-1]
        ]
        fields += self.money_names(request, obj, options["fields"][-1:])
        return [(title, {**options, "fields": fields}), *fieldsets[1:]]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.label_from_instance = _line_item_label
            field.queryset = field.queryset.select_related("campaign")
        return field

    @display(description="Price (CPM)", ordering="price_cents")
    def price(self, deal: Deal) -> str:
        return money(deal.price_cents, deal.tenant.currency)

    @display(description="Price (CPM)")
    def price_cents_shown(self, deal: Deal) -> str:
        return self.price(deal)

    @display(description="Who may buy")
    def buyers(self, deal: Deal) -> str:
        return ", ".join(str(item) for item in deal.line_items.all()) or "nobody yet"


def _line_item_label(item: LineItem) -> str:
    return f"{item} ({item.campaign})"
