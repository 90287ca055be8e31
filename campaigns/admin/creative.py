"""Creatives: what a line item shows; the form asks only for what the chosen kind needs."""

import re
from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from import_export.fields import Field

from campaigns.admin import creative_fields
from campaigns.creative_attributes import AttributesRejected, CreativeAttributes, read
from campaigns.models import Creative, LineItem, Template, TemplateStatus
from tenants.admin.decorators import display
from tenants.admin.exports import SafeResource, TenantExport
from tenants.admin.forms import TenantModelForm
from tenants.admin.scoping import TenantModelAdmin, TenantStackedInline
from tenants.roles import Area

PICTURE = "kind == 'image' || kind == 'native'"


def offer_templates(field: Any) -> Any:
    """Drafts do not serve, but a creative may be set up before its template is published."""
    if field is not None:
        field.queryset = field.queryset.exclude(status=TemplateStatus.OBSOLETE)
        field.help_text = "A template of the same campaign."
        field.label_from_instance = _template_label
    return field


def _template_label(template: Template) -> str:
    return f"{template} ({template.get_status_display().lower()}), {template.campaign}"


class CreativeInline(TenantStackedInline):
    area = Area.CREATIVE
    model = Creative
    tab = True
    show_change_link = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "kind", "is_active"),
                    ("image_url", "landing_url"),
                    "template",
                ],
                "description": "HTML, native, video and audio are made on a creative's own page.",
            },
        )
    ]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return offer_templates(field) if db_field.name == "template" else field


class CreativeResource(SafeResource):
    campaign = Field(attribute="line_item__campaign__name", column_name="campaign")
    line_item = Field(attribute="line_item__name", column_name="line_item")

    class Meta:
        model = Creative
        fields = [
            *("id", "campaign", "line_item", "name", "kind", "is_active", "product_sku"),
            *("image_url", "landing_url", "width", "height", "adomain"),
        ]


NAMED: Final = re.compile(r"^(\w+): | - at `\$\.(\w+)")  # the attribute that a message is about


class CreativeForm(TenantModelForm):
    """The attributes as fields of their own; what they do not show (``cattax``) is kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = _attributes(self.instance)
        for name, value in creative_fields.initial_of(self.kept).items():
            self.initial.setdefault(name, value)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "cat" not in self.fields:
            return cleaned  # shown to somebody who may only read
        for name in ("icon_width", "icon_height"):
            if cleaned.get("icon_url") and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "Exchanges ask for the icon's size.")
        try:
            written = creative_fields.json_of(cleaned)
        except creative_fields.LineRejected as exc:
            self.add_error("media", str(exc))
        else:
            kept = {"cattax": self.kept.cattax} if self.kept.cattax != 1 else {}
            self.instance.attributes = {**kept, **written}
        return cleaned

    def _update_errors(self, errors: ValidationError) -> None:
        """What is wrong with an attribute is said at its own field."""
        if hasattr(errors, "error_dict"):
            for error in errors.error_dict.pop("attributes", []):
                name = self._field_named(" ".join(error.messages))
                errors.error_dict.setdefault(name, []).append(error)
        super()._update_errors(errors)

    def _field_named(self, message: str) -> str:
        found = NAMED.search(message)
        name = (found[1] or found[2]) if found else ""
        name = "icon_url" if name == "icon" else name
        return name if name in self.fields else NON_FIELD_ERRORS


CreativeForm.declared_fields.update(creative_fields.FIELDS)


def _attributes(creative: Creative) -> CreativeAttributes:
    try:
        return read(creative.attributes)
    except AttributesRejected:
        return CreativeAttributes()


@admin.register(Creative)
class CreativeAdmin(TenantExport, TenantModelAdmin):
    area = Area.CREATIVE
    resource_classes = [CreativeResource]
    list_display = ["name", "kind", "line_item", "campaign", "is_active"]
    list_select_related = ["line_item__campaign"]
    list_filter = ["kind", "is_active", "line_item"]
    search_fields = ["name", "line_item__name", "product_sku"]
    autocomplete_fields = ["line_item"]
    form = CreativeForm
    conditional_fields = {
        "image_url": PICTURE,
        "template": "kind == 'template'",
        "html": "kind == 'html'",
        "landing_url": "kind != 'template'",
        **creative_fields.WHEN,
    }
    fieldsets = [
        (None, {"fields": ["line_item", ("name", "is_active"), "kind"]}),
        (
            "What it shows",
            {
                "fields": [
                    *("image_url", "template", "html", "media", ("duration", "skip_after")),
                    *("title", "text", ("sponsored_by", "call_to_action")),
                    *(("icon_url", "icon_width", "icon_height"), ("rating", "price")),
                    *("landing_url", "product_sku"),
                ]
            },
        ),
        (
            "For exchanges",
            {
                "fields": [
                    *(("width", "height"), "adomain", "cat", "language"),
                    *("attr", "api", "bundle"),
                ],
                "description": "Exchanges ask for these; for your own pages they may stay empty.",
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only read sees the attributes in one piece: typed fields are for typing."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": _stored(options["fields"])})
            for title, options in [*fieldsets, ("Attributes", {"fields": ["attributes"]})]
        ]

    @display(description="Campaign", ordering="line_item__campaign__name")
    def campaign(self, creative: Creative) -> str:
        return str(creative.line_item.campaign)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "line_item" and field is not None:
            field.label_from_instance = _line_item_label  # type: ignore[assignment, method-assign]
        return offer_templates(field) if db_field.name == "template" else field


def _stored(fields: Iterable[Any]) -> list[Any]:
    """The fields, and groups of fields, that are the model's own."""
    groups = [field if isinstance(field, tuple) else (field,) for field in fields]
    kept = [tuple(name for name in group if name not in creative_fields.FIELDS) for group in groups]
    return [group for group in kept if group]


def _line_item_label(item: LineItem) -> str:
    return f"{item} ({item.campaign})"
