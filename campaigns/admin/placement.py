"""Placements: where ads may appear."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from unfold.widgets import UnfoldAdminTextareaWidget

from campaigns.models import Placement
from campaigns.models.placement import validate_domain
from tenants.admin.decorators import display
from tenants.admin.forms import TenantModelForm
from tenants.admin.scoping import TenantModelAdmin
from tenants.roles import Area


class DomainsField(SimpleArrayField):
    """Sites, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        site = forms.CharField(max_length=253, validators=[validate_domain])
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": "shop.example"})
        super().__init__(site, delimiter="\n", widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "\n".join(value.replace(",", "\n").lower().split())
        return super().to_python(value)


class PlacementForm(TenantModelForm):
    allowed_domains = DomainsField(
        label="Allowed sites",
        required=False,
        help_text="Sites that may embed ads here, one a line: shop.example, *.shop.example. "
        "Empty: any site.",
    )


@admin.register(Placement)
class PlacementAdmin(TenantModelAdmin):
    area = Area.AUDIENCE
    form = PlacementForm
    list_display = ["name", "key", "size", "sites", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "key"]
    fieldsets = [
        (None, {"fields": ["name", "key", ("width", "height"), "is_active"]}),
        ("Who may show ads here", {"fields": ["allowed_domains"]}),
    ]

    @display(description="Size")
    def size(self, placement: Placement) -> str:
        return f"{placement.width} x {placement.height}"

    @display(description="Allowed sites")
    def sites(self, placement: Placement) -> str:
        return ", ".join(placement.allowed_domains) or "any"
