"""Exchange bidding and guardrails on the pages of campaigns and line items."""

from typing import Any, ClassVar

from django.http import HttpRequest

from rtb.admin.fields import MultipliersField, NumbersField, SearchableChoices
from rtb.models import BidStrategy, Guardrails, PositionChoice
from rtb.models.inventory import BLOCK_ONLY
from tenants.admin.decorators import display
from tenants.admin.forms import TenantModelForm
from tenants.admin.money import MoneyFields, money
from tenants.admin.scoping import TenantStackedInline
from tenants.roles import Area


class GuardrailsForm(TenantModelForm):
    positions = NumbersField(
        PositionChoice.choices,
        label="Positions on the screen",
        help_text="Only in these. Empty: in any.",
    )


class GuardrailsInline(SearchableChoices, TenantStackedInline):
    area = Area.MONEY
    model = Guardrails
    form = GuardrailsForm
    tab = True
    extra = 1  # there is one or none: an empty form waits, and is saved once it is filled in
    verbose_name = verbose_name_plural = "exchange guardrails"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("allow_lists", "block_lists"),
                    ("positions", "personal_data"),
                    ("complete_chain", "max_hops", "allow_rewarded"),
                ],
                "description": "Where ads may appear on exchanges. A campaign's guardrails hold "
                "for all its line items; a line item's own come on top.",
            },
        )
    ]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None and db_field.name == "allow_lists":
            field.queryset = field.queryset.exclude(kind__in=BLOCK_ONLY)
        return field


class BidStrategyForm(TenantModelForm):
    """A new one starts switched off: a form is saved only where something in it was changed."""

    multipliers = MultipliersField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["is_active"] = False


class BidStrategyInline(SearchableChoices, MoneyFields, TenantStackedInline):
    area = Area.MONEY
    model = BidStrategy
    form = BidStrategyForm
    tab = True
    extra = 1
    money_labels: ClassVar[dict[str, tuple[str, str]]] = {
        "goal_cents": (
            "Worth of one",
            "What a click or a conversion is worth to you. Impressions take the line item's bid.",
        ),
        "max_bid_cents": (
            "Highest bid (CPM)",
            "No bid is above it, whatever the rest says. Empty: no such limit.",
        ),
    }
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "is_active",
                    ("goal", "goal_cents", "max_bid_cents"),
                    "is_shaded",
                    ("ssps", "open_auction"),
                    "multipliers",
                ],
                "description": "With this the line item takes part in the auctions of exchanges. "
                "Its bid, targeting, budgets and creatives are those of the line item.",
            },
        )
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        [(title, options)] = super().get_fieldsets(request, obj)
        fields = [
            tuple(self.money_names(request, obj, each)) if isinstance(each, tuple) else each
            for each in options["fields"]
        ]
        return [(title, {**options, "fields": fields})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [] if self.has_change_permission(request, obj) else list(self.money_labels)
        return [*super().get_readonly_fields(request, obj), *(f"{name}_shown" for name in shown)]

    @display(description="Worth of one")
    def goal_cents_shown(self, strategy: BidStrategy) -> str:
        return money(strategy.goal_cents, strategy.tenant.currency)

    @display(description="Highest bid (CPM)")
    def max_bid_cents_shown(self, strategy: BidStrategy) -> str:
        return money(strategy.max_bid_cents, strategy.tenant.currency)
