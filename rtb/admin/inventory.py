"""Inventory lists: entries one a line, pasted from anywhere."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest

from rtb.admin.fields import EntriesField
from rtb.admin.guarded import KeptWhileUsed
from rtb.models import Guardrails, InventoryList
from tenants.admin.decorators import display
from tenants.admin.forms import TenantModelForm
from tenants.admin.scoping import Rows, TenantModelAdmin
from tenants.roles import Area


class InventoryListForm(TenantModelForm):
    entries = EntriesField(
        label="Entries",
        placeholder="news.example\nblog.example",
        help_text="One a line, or pasted with commas between. Sites: news.example stands for its "
        "subdomains too. Apps: com.game.example or 1207472156. Categories: IAB25 stands for "
        "IAB25-3 too. Words: one each.",
    )


@admin.register(InventoryList)
class InventoryListAdmin(KeptWhileUsed, TenantModelAdmin):
    area = Area.AUDIENCE
    form = InventoryListForm
    list_display = ["name", "kind", "count", "updated_at"]
    list_filter = ["kind"]
    search_fields = ["name"]
    used_by: ClassVar[list[tuple[type[Any], str]]] = [
        (Guardrails, "allow_lists"),
        (Guardrails, "block_lists"),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [("name", "kind"), "entries"],
                "description": "Guardrails of campaigns and line items allow or block whole lists.",
            },
        )
    ]

    def get_queryset(self, request: HttpRequest) -> Rows:
        rows: Rows = super().get_queryset(request).annotate(length=F("entries__len"))
        return rows

    @display(description="Entries", ordering="length")
    def count(self, listed: Any) -> str:
        return f"{listed.length:,}"
