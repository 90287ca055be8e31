"""Making or repairing the demo advertiser, and writing demo.json; run again, it keeps every id."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from adplatform.demo import catalogue, file
from adplatform.demo.accounts import Account, ensure_account
from adplatform.demo.addresses import Addresses
from adplatform.demo.creative import (
    asset_names,
    ensure_batch,
    ensure_learning,
    ensure_template,
)
from adplatform.demo.exchanges import CAMPAIGN, ensure_exchanges
from adplatform.demo.inventory import (
    ensure_campaign,
    ensure_creative,
    ensure_line_item,
    ensure_placements,
    ensure_segments,
)
from adplatform.demo.tags import Slot, Urls
from adplatform.tokens import Keyring
from campaigns.models import Placement, Segment, Template
from rtb.models import Ssp


@dataclass(frozen=True, slots=True)
class Inventory:
    """The rows that demo.json speaks of."""

    placements: dict[str, Placement]
    segments: dict[str, Segment]
    template: Template
    slots: dict[str, Slot]  # by placement key: where the template serves
    ssp: Ssp


def seed(data_dir: Path, base_url: str, *, now: datetime) -> file.Demo:
    """Everything the demo needs, in one transaction, then demo.json."""
    addresses = Addresses(base_url)
    with transaction.atomic():
        account = ensure_account(file.read_secrets(data_dir), now=now)
        inventory = _ensure_inventory(account, addresses, now=now)
    urls = Urls(base_url, Keyring(settings.TOKEN_KEYS), now)
    demo = _describe(account, inventory, addresses, urls)
    file.write(data_dir, demo)
    return demo


def _ensure_inventory(account: Account, addresses: Addresses, *, now: datetime) -> Inventory:
    placements = ensure_placements(account.tenant)
    segments = ensure_segments(account.tenant)
    slots: dict[str, Slot] = {}
    published: Template | None = None
    for plan in catalogue.CAMPAIGNS:
        campaign = ensure_campaign(account.tenant, plan, now=now)
        template = None
        if plan is catalogue.TEMPLATE_CAMPAIGN:
            template = published = ensure_template(campaign, addresses, now=now)
        for line in plan.line_items:
            item = ensure_line_item(campaign, line, placements[line.placement])
            for each in line.creatives:
                creative = ensure_creative(item, each, template, addresses)
                if template and not each.image:
                    slots[line.placement] = Slot.of(creative)
    if published is None:
        raise LookupError("the catalogue's campaign with the template is missing")
    ensure_batch(published, segments[catalogue.BATCH_SEGMENT.key])
    ensure_learning(published)
    on_exchanges = ensure_campaign(account.tenant, CAMPAIGN, now=now)
    ssp = ensure_exchanges(account.tenant, on_exchanges, published, addresses)
    return Inventory(placements, segments, published, slots, ssp)


def _describe(
    account: Account, inventory: Inventory, addresses: Addresses, urls: Urls
) -> file.Demo:
    segment = inventory.segments[catalogue.BATCH_SEGMENT.key]
    slot = inventory.slots[catalogue.SHOWROOM.key]
    template_url = urls.template(slot, segment.pk)
    return file.Demo(
        base_url=addresses.base_url,
        admin_url=f"{addresses.base_url}/admin/",
        admin_user=catalogue.OPERATOR,
        admin_password=account.admin_password,
        marketer_user=catalogue.MARKETER,
        marketer_password=account.marketer_password,
        api_key=account.api_key,
        tenant_id=account.tenant.pk,
        placement_key=catalogue.SHOWROOM.key,
        campaign_id=slot.campaign_id,
        template_id=slot.template_id,
        segment_id=segment.pk,
        template_url=template_url,
        decision_url=urls.decision(slot, segment.pk),
        click_url=urls.click(slot, segment.pk, inventory.template),
        page_url=addresses.page(template_url),
        report_url=urls.report(account.tenant.pk),
        rtb_bid_url=f"{addresses.base_url}/rtb/bid/{inventory.ssp.key}",
        audience=_audience(inventory, addresses, urls),
    )


def _audience(inventory: Inventory, addresses: Addresses, urls: Urls) -> file.Audience:
    slot = inventory.slots[catalogue.NATIVE.key]
    return file.Audience(
        placements={plan.key: inventory.placements[plan.key].pk for plan in catalogue.VISITED},
        segments={str(row.pk): key for key, row in inventory.segments.items()},
        assets=asset_names(inventory.template),
        tags=[
            file.Tag(
                segment=key,
                template_url=urls.template(slot, row.pk),
                placement_id=slot.placement_id,
                line_item_id=slot.line_item_id,
            )
            for key, row in inventory.segments.items()
        ],
        landing_url=addresses.landing_page,
    )
