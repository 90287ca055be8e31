"""Accounts: owners set up their own, operators open new ones."""

from typing import Any, ClassVar, Final

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from tenants.admin.access import access_of
from tenants.admin.decorators import display
from tenants.admin.money import MoneyFields, money
from tenants.admin.scoping import TenantModelAdmin
from tenants.models import ForgetRequest, ForgetState, Tenant
from tenants.roles import Area
from tenants.salts import rotate_salts

LATEST: Final = 20


@admin.register(Tenant)
class TenantAdmin(MoneyFields, TenantModelAdmin):
    area = Area.ACCOUNT
    list_display = ["name", "slug", "timezone", "currency", "is_active"]
    search_fields = ["name", "slug"]
    money_labels: ClassVar[dict[str, tuple[str, str]]] = {
        "prepaid_cents": (
            "Prepaid balance",
            "All that was ever paid in: exchanges never cost more than this. Empty: no limit.",
        )
    }
    fieldsets = [
        (None, {"fields": ["name", "slug"]}),
        (
            "Time and money",
            {
                "fields": ["timezone", "currency", "prepaid_cents"],
                "description": "Budgets, days and hours of all campaigns follow these.",
            },
        ),
        (
            "People's data",
            {
                "fields": [
                    "event_retention_days",
                    "user_id_hashing",
                    "user_salt_days",
                    "forgotten",
                ],
                "description": "What is stored about a person, and how long.",
            },
        ),
        ("State", {"fields": ["is_active"]}),
    ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return access_of(request).operator

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False  # an account is deactivated: its campaigns and reports stay

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = [*super().get_readonly_fields(request, obj), "forgotten"]
        fixed = ["slug", "is_active", "prepaid_cents_shown"]
        return fields if access_of(request).operator else [*fields, *fixed]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The balance is the operator's word; owners read it."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if access_of(request).operator:
            return fieldsets
        title, options = fieldsets[1]
        shown = [*options["fields"][:-1], "prepaid_cents_shown"]
        return [fieldsets[0], (title, {**options, "fields": shown}), *fieldsets[2:]]

    @display(description="Prepaid balance")
    def prepaid_cents_shown(self, tenant: Tenant) -> str:
        return money(tenant.prepaid_cents, tenant.currency)

    @display(description="Users forgotten")
    def forgotten(self, tenant: Tenant) -> str:
        """The latest deletions: who asked, when, and what was removed; never of whom."""
        rows = ForgetRequest.objects.for_tenant(tenant.pk)[:LATEST] if tenant.pk else []
        lines = ((line,) for line in map(_deletion, rows))
        return format_html_join(mark_safe("<br>"), "{}", lines) or "none"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        if obj.user_id_hashing:
            rotate_salts(now=timezone.now(), tenant_ids=[obj.pk])

    def _require(self, request: HttpRequest, action: Any, obj: Any) -> None:
        if obj.pk is not None:  # a new account is nobody's yet; has_add_permission decides
            super()._require(request, action, obj)


def _deletion(row: ForgetRequest) -> str:
    asked = timezone.localtime(row.requested_at)
    removed = f"{row.events} events, {row.credits} credits, {row.counters} counters"
    unfinished = "" if row.state == ForgetState.DONE else f"; {row.get_state_display()}"
    zone = timezone.get_current_timezone_name()
    return f"{asked:%Y-%m-%d %H:%M} ({zone}), by {row.requested_by}: {removed}{unfinished}"
