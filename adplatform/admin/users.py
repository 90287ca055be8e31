"""People and sign-in attempts, for operators only; members are managed under Account."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from tenants.selectors import is_operator

admin.site.unregister(User)
admin.site.unregister(Group)  # roles in a tenant do what groups would do


class OperatorsOnly:
    """Whatever Django's permissions say: members of tenants have none here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return is_operator(request.user)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_operator(request.user)


@admin.register(User)
class UserAdmin(OperatorsOnly, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "is_active", "is_staff", "is_superuser", "last_login"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": [("first_name", "last_name"), "email"]}),
        (
            "May",
            {
                "fields": ["is_active", "is_staff", "is_superuser"],
                "description": "Staff may sign in here. Superusers are operators: they see every "
                "account. What others see follows from their membership.",
            },
        ),
        ("Dates", {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    list_filter = ["is_active", "is_staff", "is_superuser"]
    filter_horizontal = []


@admin.register(AccessAttempt)
class AccessAttemptAdmin(OperatorsOnly, ModelAdmin):  # type: ignore[misc]
    """Failed sign-ins; deleting an attempt lifts its lockout."""

    list_display = ["attempt_time", "ip_address", "username", "failures_since_start"]
    search_fields = ["ip_address", "username"]
    list_filter = ["attempt_time"]

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
