"""The line item's page with its bidding on exchanges."""

from django.contrib import admin

from campaigns.admin.line_item import LineItemAdmin
from campaigns.models import LineItem
from rtb.admin.inlines import BidStrategyInline, GuardrailsInline


class LineItemOnExchanges(LineItemAdmin):
    inlines = [*LineItemAdmin.inlines, BidStrategyInline, GuardrailsInline]


admin.site.unregister(LineItem)
admin.site.register(LineItem, LineItemOnExchanges)
