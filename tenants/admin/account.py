"""Accounts: owners set up their own, operators open new ones."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from tenants.admin.access import access_of
from tenants.admin.scoping import TenantModelAdmin
from tenants.models import Tenant
from tenants.roles import Area


@admin.register(Tenant)
class TenantAdmin(TenantModelAdmin):
    area = Area.ACCOUNT
    list_display = ["name", "slug", "timezone", "currency", "is_active"]
    search_fields = ["name", "slug"]
    fieldsets = [
        (None, {"fields": ["name", "slug"]}),
        (
            "Time and money",
            {
                "fields": ["timezone", "currency"],
                "description": "Budgets, days and hours of all campaigns follow these.",
            },
        ),
        (
            "People's data",
            {
                "fields": ["event_retention_days", "user_id_hashing", "user_salt_days"],
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
        fields = list(super().get_readonly_fields(request, obj))
        return fields if access_of(request).operator else [*fields, "slug", "is_active"]

    def _require(self, request: HttpRequest, action: Any, obj: Any) -> None:
        if obj.pk is not None:  # a new account is nobody's yet; has_add_permission decides
            super()._require(request, action, obj)
