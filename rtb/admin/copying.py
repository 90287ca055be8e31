"""A duplicated campaign keeps its guardrails, its line items' bidding and their deals."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from campaigns.admin.copying import Copied, copied
from campaigns.models import Campaign
from rtb.models import BidStrategy, Deal, Guardrails


@transaction.atomic
def copy_exchange_settings(campaign: Campaign, made: Copied) -> None:
    """``made`` is the copy of the campaign, without any settings for exchanges yet."""
    items = made.line_items
    for rails in Guardrails.objects.for_tenant(campaign.tenant_id).filter(campaign=campaign):
        _copy(rails, ("allow_lists", "block_lists"), campaign=made.campaign)
    for pk, item in items.items():
        for rails in Guardrails.objects.for_tenant(campaign.tenant_id).filter(line_item_id=pk):
            _copy(rails, ("allow_lists", "block_lists"), line_item=item)
        for strategy in BidStrategy.objects.for_tenant(campaign.tenant_id).filter(line_item_id=pk):
            _copy(strategy, ("ssps",), line_item=item)
        for deal in Deal.objects.for_tenant(campaign.tenant_id).filter(line_items=pk):
            deal.line_items.add(item)


def _copy(row: Any, links: Sequence[str], **changes: Any) -> None:
    twin = copied(row, **changes)
    for name in links:
        getattr(twin, name).set(getattr(row, name).all())
