"""The base of every admin page over tenants' rows: nothing outside the user's tenants exists."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import partial
from typing import Any, ClassVar, cast
from zoneinfo import ZoneInfo

from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.forms import ModelChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from tenants.admin.access import Access, access_of
from tenants.admin.filters import visible_filters
from tenants.admin.forms import TenantInlineFormSet, TenantModelForm, row_tenant_id
from tenants.models import Tenant
from tenants.roles import Action, Area

Rows = models.QuerySet[Any]


class TenantScoped:
    """Rows, permissions and choices limited to the user's tenants; for admins and inlines alike."""

    area: ClassVar[Area]
    model: Any

    def get_queryset(self, request: HttpRequest) -> Rows:
        access = access_of(request)
        rows = self.model.objects.for_tenants(access.tenants(self.area, Action.VIEW))
        ordering = self.get_ordering(request)  # type: ignore[attr-defined]
        return cast("Rows", rows.order_by(*ordering) if ordering else rows)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, Action.VIEW)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Action.VIEW, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Action.ADD, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Action.CHANGE, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, Action.DELETE, obj)

    def _may(self, request: HttpRequest, action: Action, obj: Any = None) -> bool:
        """``obj`` is a row, a parent of rows, the id in a URL, or None for the page as a whole."""
        access = access_of(request)
        if obj is not None and not isinstance(obj, models.Model):
            obj = self.get_object(request, unquote(str(obj)))  # type: ignore[attr-defined]
            if obj is None:
                return False
        return access.may(self.area, action, row_tenant_id(obj) if obj is not None else None)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """A choice among rows of the page's tenants; anything else is an invalid choice."""
        parent = db_field.remote_field.model
        if issubclass(parent, Tenant) or hasattr(parent, "TENANT_PARENTS"):
            kwargs["queryset"] = parent.objects.for_tenants(self._tenants_in_reach(request))
        return cast(
            "ModelChoiceField[Any] | None",
            super().formfield_for_foreignkey(db_field, request, **kwargs),  # type: ignore[misc]
        )

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        parent = db_field.remote_field.model
        if hasattr(parent, "TENANT_PARENTS"):
            kwargs["queryset"] = parent.objects.for_tenants(self._tenants_in_reach(request))
        return cast(
            "ModelChoiceField[Any] | None",
            super().formfield_for_manytomany(db_field, request, **kwargs),  # type: ignore[misc]
        )

    def _tenants_in_reach(self, request: HttpRequest) -> frozenset[int]:
        """The tenant of the row that is edited; of a new row, every tenant that may get one."""
        pinned = getattr(request, "pinned_tenant_id", None)
        if pinned is not None:
            return frozenset({pinned})
        return access_of(request).tenants(self.area, Action.ADD)


class TenantInline(TenantScoped):
    """Children on their parent's page."""

    form = TenantModelForm
    formset = TenantInlineFormSet
    extra = 0
    show_change_link = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        pin_tenant(request, obj)
        return super().get_formset(request, obj, **kwargs)  # type: ignore[misc]


class TenantTabularInline(TenantInline, TabularInline):  # type: ignore[misc]
    pass


class TenantStackedInline(TenantInline, StackedInline):  # type: ignore[misc]
    pass


def pin_tenant(request: HttpRequest, row: Any) -> None:
    """Remember whose row this page edits; the choices that it offers follow."""
    tenant_id = row_tenant_id(row) if isinstance(row, models.Model) else None
    if tenant_id is not None:
        request.pinned_tenant_id = tenant_id  # type: ignore[attr-defined]


def in_account_time(zone: tzinfo, view: Callable[[], Any]) -> HttpResponse:
    """The view's answer, with every moment read and shown in the zone."""
    with timezone.override(zone):
        response = view()
        if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
            response.render()
        return cast("HttpResponse", response)


class TenantModelAdmin(TenantScoped, ModelAdmin, SimpleHistoryAdmin):  # type: ignore[misc]
    """A page over one model: scoped, with history; a foreign id is a 404 and changes nothing."""

    form = TenantModelForm
    list_per_page = 50
    list_filter_submit = True
    compressed_fields = False  # labels above: rows of several fields keep room
    warn_unsaved_form = True
    actions_on_top = True

    # Forms

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        pin_tenant(request, obj)
        form = super().get_form(request, obj, **kwargs)
        form.sole_tenant_id = None if obj else self._sole_tenant_id(request)
        shown = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        for name in set(form.base_fields) - shown:
            del form.base_fields[name]  # a field that the page does not show cannot be posted
        return form

    def _sole_tenant_id(self, request: HttpRequest) -> int | None:
        tenants = access_of(request).tenants(self.area, Action.ADD)
        return next(iter(tenants)) if len(tenants) == 1 else None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who works for several accounts sees which one a row is of; a new row's is chosen."""
        fieldsets = list(super().get_fieldsets(request, obj))
        if not self._shows_tenant(request, obj):
            return fieldsets
        title, options = fieldsets[0]
        fields = ["tenant", *(name for name in options["fields"] if name != "tenant")]
        return [(title, {**options, "fields": fields}), *fieldsets[1:]]

    def _shows_tenant(self, request: HttpRequest, obj: Any) -> bool:
        if issubclass(self.model, Tenant):
            return False
        if obj is not None:
            return len(access_of(request).roles) > 1
        from_parents = bool(self.model.TENANT_PARENTS)
        return not from_parents and self._sole_tenant_id(request) is None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_readonly_fields(request, obj))
        is_tenant = issubclass(self.model, Tenant)
        return fields if is_tenant or obj is None else [*fields, "tenant"]

    # Lists

    def get_list_filter(self, request: HttpRequest) -> Any:
        filters = visible_filters(self.model, super().get_list_filter(request))
        several = len(access_of(request).roles) > 1 and not issubclass(self.model, Tenant)
        return [*filters, *visible_filters(self.model, ["tenant"])] if several else filters

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = list(super().get_list_display(request))
        several = len(access_of(request).roles) > 1 and not issubclass(self.model, Tenant)
        return [*columns, "tenant"] if several and "tenant" not in columns else columns

    def get_list_select_related(self, request: HttpRequest) -> Any:
        named = super().get_list_select_related(request)
        return [*named, "tenant"] if isinstance(named, list | tuple) else named

    def changeable(self, request: HttpRequest, rows: Rows) -> Rows:
        """Those of the rows that the user may change: of list actions."""
        return rows.filter(tenant_id__in=access_of(request).tenants(self.area, Action.CHANGE))

    # Saving: the last word, whatever the form let through

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        self._require(request, Action.CHANGE if change else Action.ADD, obj)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._require(request, Action.DELETE, obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Rows) -> None:
        allowed = access_of(request).tenants(self.area, Action.DELETE)
        path = "pk__in" if issubclass(self.model, Tenant) else "tenant_id__in"
        super().delete_queryset(request, queryset.filter(**{path: allowed}))

    def _require(self, request: HttpRequest, action: Action, obj: Any) -> None:
        if not access_of(request).may(self.area, action, row_tenant_id(obj) or 0):
            raise PermissionDenied

    # Pages

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        view = partial(super().changeform_view, request, object_id, form_url, extra_context)
        return in_account_time(self._zone(request, object_id), view)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        view = partial(super().changelist_view, request, extra_context)
        return in_account_time(self._zone(request, None), view)

    def _zone(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        """The time zone of the row's account, or of the only one that the user works for."""
        ids: Any = access_of(request).roles
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is not None:
            ids = [row_tenant_id(row)]
        zones = Tenant.objects.for_tenants(ids).values_list("timezone", flat=True)
        return ZoneInfo(zones[0]) if len(ids) == 1 and zones else UTC

    def _get_obj_does_not_exist_redirect(
        self,
        request: HttpRequest,  # noqa: ARG002
        opts: Any,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Django would redirect to the index; a row that is not there, or not yours, is a 404."""
        raise Http404(f"no {opts.verbose_name} with this id")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        self.required_object(request, object_id)
        return cast("HttpResponse", super().history_view(request, object_id, extra_context))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """An old version, to look at; a POST would save past the form's checks."""
        self.required_object(request, object_id)
        if request.method != "GET":
            raise PermissionDenied
        return cast(
            "HttpResponse", super().history_form_view(request, object_id, version_id, extra_context)
        )

    def required_object(
        self, request: HttpRequest, object_id: str, action: Action = Action.VIEW
    ) -> Any:
        """The row, for pages of our own. Raises Http404, or PermissionDenied for the action."""
        row = self.get_object(request, unquote(str(object_id)))
        if row is None:
            raise Http404(f"no {self.opts.verbose_name} with this id")
        self._require(request, action, row)
        return row


__all__ = [
    "Access",
    "TenantModelAdmin",
    "TenantStackedInline",
    "TenantTabularInline",
    "access_of",
    "pin_tenant",
]
