"""Duplicating a campaign with its line items, creatives and caps; the copy is a draft."""

from copy import copy
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, CampaignStatus, Creative, FrequencyCap, LineItem


@transaction.atomic
def copy_campaign(campaign: Campaign) -> Campaign:
    """The copy. Creatives that show a template stay behind: a template belongs to one campaign."""
    copied: Campaign = _copied(
        campaign, name=_copy_name(campaign.name), status=CampaignStatus.DRAFT
    )
    for cap in FrequencyCap.objects.for_tenant(campaign.tenant_id).filter(campaign=campaign):
        _copied(cap, campaign=copied)
    for item in LineItem.objects.for_tenant(campaign.tenant_id).filter(campaign=campaign):
        _copy_line_item(item, copied)
    return copied


def _copy_line_item(item: LineItem, campaign: Campaign) -> None:
    copied = _copied(item, campaign=campaign)
    for cap in FrequencyCap.objects.for_tenant(item.tenant_id).filter(line_item=item):
        _copied(cap, line_item=copied)
    creatives = Creative.objects.for_tenant(item.tenant_id).filter(line_item=item)
    for creative in creatives.filter(template__isnull=True):
        _copied(creative, line_item=copied)


def _copied(row: Any, **changes: Any) -> Any:
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
