"""Members: an owner adds people by user name or e-mail and gives each a role."""

import re
import secrets
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import EmailValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminTextInputWidget

from tenants.admin.access import access_of
from tenants.admin.decorators import display
from tenants.admin.forms import TenantModelForm
from tenants.admin.pages import Secret, show_once
from tenants.admin.scoping import TenantModelAdmin
from tenants.models import Membership
from tenants.roles import Area, Role

TEMPORARY_PASSWORD_BYTES = 15
LAST_OWNER = "This is the account's last owner: give somebody else this role first."


class InviteForm(TenantModelForm):
    person = forms.CharField(
        label="User name or e-mail",
        max_length=150,
        widget=UnfoldAdminTextInputWidget,
        help_text="Somebody new needs an e-mail address: we make a login with a temporary password "
        "and show it to you once.",
    )
    temporary_password = ""

    def clean_person(self) -> str:
        name = str(self.cleaned_data["person"]).strip()
        if find_person(name) is None:
            EmailValidator("Nobody has this user name. To invite somebody new, write an e-mail.")(
                name
            )
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        known = find_person(str(cleaned.get("person", "")))
        if known is not None:
            self.instance.user = known
        return cleaned

    def _save_m2m(self) -> None:
        return  # no relation of a membership is many-to-many


class RoleForm(TenantModelForm):
    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        if role != Role.OWNER and is_last_owner(self.instance):
            raise ValidationError(LAST_OWNER)
        return role


UNUSUAL = re.compile(r"[^\w.@+-]")


def find_person(name: str) -> User | None:
    """The one user of this name, or else of this e-mail address."""
    people = get_user_model().objects
    if not name:
        return None
    named = people.filter(username__iexact=name).first()
    return named or people.filter(email__iexact=name).order_by("pk").first()


def is_last_owner(membership: Membership) -> bool:
    owners = Membership.objects.for_tenant(membership.tenant_id).filter(role=Role.OWNER)
    stored = Membership.across_tenants.filter(pk=membership.pk, role=Role.OWNER).exists()
    return stored and not owners.exclude(pk=membership.pk).exists()


@admin.register(Membership)
class MembershipAdmin(TenantModelAdmin):
    area = Area.ACCOUNT
    list_display = ["user", "email", "role", "signs_in"]
    list_select_related = ["user"]
    list_filter = ["role"]
    search_fields = ["user__username", "user__email"]
    fieldsets = [(None, {"fields": ["user", "role"]})]
    add_fieldsets = [(None, {"fields": ["person", "role"]})]

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs["form"] = RoleForm if obj else InviteForm
        return super().get_form(request, obj, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        return fields if obj is None else [*fields, "user"]

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Operators see addresses; owners know the ones that they invited."""
        hidden = set() if access_of(request).operator else {"email"}
        return [name for name in super().get_list_display(request) if name not in hidden]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """All at once may leave an account without owner, though each alone would not."""
        for tenant_id in set(queryset.values_list("tenant_id", flat=True)):
            staying = Membership.objects.for_tenant(tenant_id).exclude(pk__in=queryset.values("pk"))
            if not access_of(request).operator and not staying.filter(role=Role.OWNER).exists():
                raise PermissionDenied(LAST_OWNER)
        super().delete_queryset(request, queryset)

    @display(description="E-mail", ordering="user__email")
    def email(self, membership: Membership) -> str:
        return str(membership.user.email)

    @display(description="Can sign in", boolean=True)
    def signs_in(self, membership: Membership) -> bool:
        return bool(membership.user.is_active and membership.user.is_staff)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(obj, Membership) and is_last_owner(obj):
            return access_of(request).operator
        return super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not change and obj.user_id is None:
            form.temporary_password = secrets.token_urlsafe(TEMPORARY_PASSWORD_BYTES)
            obj.user = _new_person(form.cleaned_data["person"], form.temporary_password)
            request.invited = form  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        form = getattr(request, "invited", None)
        if form is None:
            return cast("HttpResponse", super().response_add(request, obj, post_url_continue))
        secret = Secret(
            title="Invitation",
            label=f"Temporary password of {obj.user.get_username()}",
            text=form.temporary_password,
            advice="Send it to them over a channel you trust: it is not shown again. They sign in "
            "here and change it under their name, top right.",
            back_url=reverse("admin:tenants_membership_changelist"),
        )
        return show_once(request, secret)


def _new_person(email: str, password: str) -> User:
    username = UNUSUAL.sub("_", email)  # an address may hold more than a user name may
    person = get_user_model()(username=username, email=email, is_staff=True)
    person.set_password(password)
    person.full_clean()
    person.save()
    return person
