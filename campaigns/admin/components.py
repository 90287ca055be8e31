"""Components and their assets on the template's page: forms, limits as fields, the linter."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from campaigns.components import (
    ComponentKind,
    Limits,
    LimitsRejected,
    ValueRejected,
    clean_value,
)
from campaigns.models import Component, CreativeAsset, Template, TemplateStatus
from campaigns.services import check_source
from tenants.admin.decorators import display
from tenants.admin.forms import TenantInlineFormSet, TenantModelForm
from tenants.admin.scoping import TenantStackedInline, TenantTabularInline
from tenants.roles import Area

EMPTY = (None, "", ())
LIMIT_FIELDS = (
    "max_length",
    "min_value",
    "max_value",
    "allowed_values",
    "units",
    "hosts",
    "pattern",
)


class WordsField(forms.CharField):
    """Words separated by commas; the value is a tuple of them."""

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, tuple) else value

    def clean(self, value: object) -> tuple[str, ...]:
        text = str(super().clean(value) or "")
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def has_changed(self, initial: object, data: object) -> bool:
        return bool(super().has_changed(self.prepare_value(initial), data))


def _words(label: str, placeholder: str) -> WordsField:
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": placeholder})
    return WordsField(label=label, required=False, widget=widget)


class ComponentForm(TenantModelForm):
    """The limits as fields of their own; the page hides those that a kind does not have."""

    max_length = forms.IntegerField(
        label="Longest, in characters", required=False, widget=UnfoldAdminIntegerFieldWidget
    )
    min_value = forms.FloatField(label="Least", required=False, widget=UnfoldAdminTextInputWidget)
    max_value = forms.FloatField(label="Most", required=False, widget=UnfoldAdminTextInputWidget)
    allowed_values = _words("Allowed values", "left, center, right")
    units = _words("Units", "px, em, %")
    hosts = _words("Hosts that pictures or links may come from", "cdn.example, *.example.com")
    pattern = forms.CharField(
        label="Pattern (regular expression)", required=False, widget=UnfoldAdminTextInputWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            limits = Limits.from_json(self.instance.limits)
        except LimitsRejected:
            limits = Limits()
        for name in LIMIT_FIELDS:
            self.initial.setdefault(name, getattr(limits, name) or None)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        given = {name: cleaned.get(name) for name in LIMIT_FIELDS}
        try:
            limits = Limits.from_json(
                {name: value for name, value in given.items() if value not in EMPTY}
            )
        except LimitsRejected as exc:
            self.add_error(_limit_named(str(exc)), str(exc))
        else:
            self.instance.limits = limits.to_json()
        return cleaned


def _limit_named(message: str) -> str | None:
    """The field that a message of Limits speaks of: it starts with the limit's name."""
    return next((name for name in LIMIT_FIELDS if message.startswith(name)), None)


class ComponentFormSet(TenantInlineFormSet):
    """Checks the source against the components as posted, new ones included."""

    def clean(self) -> None:
        super().clean()
        template = self.instance
        if template.status != TemplateStatus.DRAFT or any(self.errors) or not template.source:
            return
        try:
            check_source(template.source, self._kinds())
        except ValidationError as exc:
            editor = getattr(template, "editor", None)
            if editor is not None:
                editor.add_error("source", exc)
            raise ValidationError("The source and its components do not fit: see above.") from exc

    def _kinds(self) -> dict[str, ComponentKind]:
        kept = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data.get("name") and not form.cleaned_data.get("DELETE")
        ]
        kept.sort(key=lambda data: data.get("position") or 0)
        return {data["name"]: ComponentKind(data["kind"]) for data in kept}


class AssetForm(TenantModelForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        component: Component = self.parent_row
        if cleaned.get("value") and component is not None:
            try:
                limits = Limits.from_json(component.limits)
                cleaned["value"] = clean_value(
                    ComponentKind(component.kind), limits, cleaned["value"]
                )
            except ValueRejected as exc:
                self.add_error("value", str(exc))
            except (LimitsRejected, ValueError):
                return cleaned  # the component's own form has said so
        return cleaned


def is_draft(template: Template | None) -> bool:
    return template is None or template.status == TemplateStatus.DRAFT


def edits_draft(request: HttpRequest) -> bool:
    """Whether the page is about a draft, or a new template; set by the template's own admin."""
    return is_draft(getattr(request, "edited_template", None))


class DraftOnly:
    """Rows that can be added and deleted while the template is a draft, never afterwards."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_draft(request) and super().has_add_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_draft(request) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class FrozenWhenPublished(DraftOnly):
    """Rows of which nothing can be changed once the template is published."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return edits_draft(request) and super().has_change_permission(request, obj)  # type: ignore[misc]


class AssetInline(DraftOnly, TenantTabularInline):
    """The values that a component can take; published ones can only be switched on and off."""

    area = Area.CREATIVE
    model = CreativeAsset
    form = AssetForm
    fields = ["value", "label", "description", "is_active"]
    verbose_name = "value"
    hide_title = True
    verbose_name_plural = "values to choose from"
    formfield_overrides = {models.TextField: {"widget": UnfoldAdminExpandableTextareaWidget}}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        return [] if edits_draft(request) else ["value", "label", "description"]


class ComponentInline(FrozenWhenPublished, TenantStackedInline):
    """The slots of a draft; of a published version they can only be read."""

    area = Area.CREATIVE
    model = Component
    form = ComponentForm
    formset = ComponentFormSet
    inlines: ClassVar[list[Any]] = [AssetInline]
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name_plural = "components and their values"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "kind", "max_length"),
                    ("min_value", "max_value", "units"),
                    ("allowed_values", "pattern", "hosts"),
                    "position",
                ]
            },
        )
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if self.has_change_permission(request, obj):
            return self.fieldsets
        return [(None, {"fields": [("name", "kind", "limits_shown")]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if self.has_change_permission(request, obj) else ["limits_shown"]

    @display(description="Limits")
    def limits_shown(self, component: Component) -> str:
        named = {name.replace("_", " "): value for name, value in component.limits.items()}
        return ", ".join(f"{name}: {value}" for name, value in named.items()) or "none"
