"""The line item's page with its bidding on exchanges."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from campaigns.admin.line_item import LineItemAdmin
from campaigns.models import LineItem
from rtb.admin.inlines import BidStrategyInline, GuardrailsInline
from tenants.admin.decorators import action


class LineItemOnExchanges(LineItemAdmin):
    inlines = [*LineItemAdmin.inlines, BidStrategyInline, GuardrailsInline]
    actions_detail = [*LineItemAdmin.actions_detail, "explain_bidding"]

    @action(
        description="Why is this (not) bidding?",
        permissions=["view"],
        url_path="explain-bidding",
        icon="gavel",
    )
    def explain_bidding(self, request: HttpRequest, object_id: str) -> HttpResponse:
        item = self.required_object(request, object_id)
        return redirect("admin:why_bidding", item.pk)


admin.site.unregister(LineItem)
admin.site.register(LineItem, LineItemOnExchanges)
