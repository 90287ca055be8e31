"""Duplicating a campaign with its line items, creatives and caps; the copy is a draft."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, CampaignStatus, Creative, FrequencyCap, LineItem


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy, and its line items by the id of the line item that each is a copy of."""

    campaign: Campaign
    line_items: Mapping[int, LineItem]


@transaction.atomic
def copy_campaign(campaign: Campaign) -> Copied:
    """Creatives that show a template stay behind: a template belongs to one campaign."""
    made: Campaign = copied(campaign, name=_copy_name(campaign.name), status=CampaignStatus.DRAFT)
    for cap in FrequencyCap.objects.for_tenant(campaign.tenant_id).filter(campaign=campaign):
        copied(cap, campaign=made)
    items = LineItem.objects.for_tenant(campaign.tenant_id).filter(campaign=campaign)
    return Copied(made, {item.pk: _copy_line_item(item, made) for item in items})


def _copy_line_item(item: LineItem, campaign: Campaign) -> LineItem:
    made: LineItem = copied(item, campaign=campaign)
    for cap in FrequencyCap.objects.for_tenant(item.tenant_id).filter(line_item=item):
        copied(cap, line_item=made)
    creatives = Creative.objects.for_tenant(item.tenant_id).filter(line_item=item)
    for creative in creatives.filter(template__isnull=True):
        copied(creative, line_item=made)
    return made


def copied(row: Any, **changes: Any) -> Any:
    """A new row like this one but for the changes; the row itself stays as it is."""
    twin = copy(row)
    twin.pk = None
    twin._state.adding = True  # noqa: SLF001 - Django's documented way to copy a row
    for name, value in changes.items():
        setattr(twin, name, value)
    twin.save()
    return twin


def _copy_name(name: str) -> str:
    return f"{name[:190]} (copy)"
