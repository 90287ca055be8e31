"""Creatives: what a line item shows; the form asks only for what the chosen kind needs."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from import_export.fields import Field

from campaigns.models import Creative, LineItem, Template, TemplateStatus
from tenants.admin.decorators import display
from tenants.admin.exports import SafeResource, TenantExport
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
                ]
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


@admin.register(Creative)
class CreativeAdmin(TenantExport, TenantModelAdmin):
    area = Area.CREATIVE
    resource_classes = [CreativeResource]
    list_display = ["name", "kind", "line_item", "campaign", "is_active"]
    list_select_related = ["line_item__campaign"]
    list_filter = ["kind", "is_active", "line_item"]
    search_fields = ["name", "line_item__name", "product_sku"]
    autocomplete_fields = ["line_item"]
    conditional_fields = {
        "image_url": PICTURE,
        "template": "kind == 'template'",
        "landing_url": "kind != 'template'",
    }
    fieldsets = [
        (None, {"fields": ["line_item", ("name", "is_active"), "kind"]}),
        ("What it shows", {"fields": ["image_url", "template", "landing_url"]}),
        (
            "Details",
            {
                "fields": ["product_sku", ("width", "height"), "adomain", "attributes"],
                "description": "Exchanges ask for these; for your own pages they may stay empty.",
            },
        ),
    ]

    @display(description="Campaign", ordering="line_item__campaign__name")
    def campaign(self, creative: Creative) -> str:
        return str(creative.line_item.campaign)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "line_item" and field is not None:
            field.label_from_instance = _line_item_label  # type: ignore[assignment, method-assign]
        return offer_templates(field) if db_field.name == "template" else field


def _line_item_label(item: LineItem) -> str:
    return f"{item} ({item.campaign})"
