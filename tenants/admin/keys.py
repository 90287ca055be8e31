"""API keys: made and shown once, listed by prefix, revoked."""

from datetime import UTC, datetime
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from tenants.admin.decorators import action, display
from tenants.admin.forms import TenantModelForm
from tenants.admin.pages import Secret, show_once
from tenants.admin.scoping import Rows, TenantModelAdmin
from tenants.models import ApiKey
from tenants.roles import Action, Area
from tenants.scopes import SCOPE_CHOICES
from tenants.services import issue_api_key, revoke_api_key


class ApiKeyForm(TenantModelForm):
    scopes = forms.MultipleChoiceField(
        label="What the key may do",
        choices=SCOPE_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Give a key only what its system needs.",
    )


@admin.register(ApiKey)
class ApiKeyAdmin(TenantModelAdmin):
    area = Area.ACCOUNT
    form = ApiKeyForm
    list_display = ["name", "shown_prefix", "opens", "state", "last_used_at", "created_at"]
    search_fields = ["name", "prefix"]
    fieldsets = [(None, {"fields": ["name", "scopes"]})]
    actions = ["revoke"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        facts = ["shown_prefix", "opens", "state", "last_used_at", "created_at", "revoked_at"]
        tenant = [name for name in fieldsets[0][1]["fields"] if name == "tenant"]
        return [(None, {"fields": [*tenant, "name", *facts]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        facts = ["shown_prefix", "opens", "state", "last_used_at", "created_at", "revoked_at"]
        return fields if obj is None else [*fields, *facts]

    @display(description="Key", ordering="prefix")
    def shown_prefix(self, key: ApiKey) -> str:
        return f"adp_{key.prefix}_…"

    @display(description="May")
    def opens(self, key: ApiKey) -> str:
        words = dict(SCOPE_CHOICES)
        return ", ".join(words.get(scope, scope).lower() for scope in key.scopes)

    @display(description="State", label={"Active": "success", "Revoked": "danger"})
    def state(self, key: ApiKey) -> str:
        return "Revoked" if key.revoked_at else "Active"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False  # revoked keys stay, so that the history of access stays

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,  # noqa: ARG002
        extra_context: Any = None,  # noqa: ARG002
    ) -> HttpResponse:
        """No page of an old version: without the hash it is not a whole key."""
        key = self.required_object(request, object_id)
        return redirect("admin:tenants_apikey_history", key.pk)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        self._require(request, Action.ADD, obj)
        row, text = issue_api_key(tenant_id=obj.tenant_id, name=obj.name, scopes=obj.scopes)
        for field in ("pk", "prefix", "hash", "created_at"):
            setattr(obj, field, getattr(row, field))
        obj._state.adding = False  # noqa: SLF001 - it is the row that was just saved
        request.issued_key = text  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        text = getattr(request, "issued_key", None)
        if text is None:
            return cast("HttpResponse", super().response_add(request, obj, post_url_continue))
        secret = Secret(
            title="Your new API key",
            label=f"API key “{obj.name}”",
            text=text,
            advice="Copy it now and keep it like a password: it is not stored and cannot be shown "
            "again. If it is lost, revoke it and make a new one.",
            back_url=reverse("admin:tenants_apikey_changelist"),
        )
        return show_once(request, secret)

    @action(description="Revoke: stops working within seconds", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Rows) -> None:
        now = datetime.now(UTC)
        done = sum(revoke_api_key(key, now=now) for key in self.changeable(request, queryset))
        self.message_user(request, f"{done} of the selected keys revoked.", messages.SUCCESS)
