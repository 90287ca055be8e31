"""The demo advertiser's slots, audiences, campaigns, line items and image creatives."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from adplatform.demo import catalogue
from adplatform.demo.addresses import Addresses
from adplatform.demo.catalogue import CampaignPlan, CreativePlan, LineItemPlan
from adplatform.demo.rows import ensure
from campaigns.models import (
    Campaign,
    CampaignStatus,
    Creative,
    CreativeKind,
    FrequencyCap,
    LineItem,
    Placement,
    Segment,
    Template,
)
from tenants.models import Tenant

RENEWED = timedelta(days=60)


def ensure_placements(tenant: Tenant) -> dict[str, Placement]:
    """The slots by key."""
    return {
        plan.key: ensure(
            Placement,
            {"tenant": tenant, "key": plan.key},
            name=plan.name,
            width=plan.width,
            height=plan.height,
        )
        for plan in catalogue.PLACEMENTS
    }


def ensure_segments(tenant: Tenant) -> dict[str, Segment]:
    """The audiences by key."""
    return {
        plan.key: ensure(
            Segment,
            {"tenant": tenant, "key": plan.key},
            name=plan.name,
            position=position,
            rule=dict(plan.rule),
        )
        for position, plan in enumerate(catalogue.SEGMENTS)
    }


def ensure_campaign(tenant: Tenant, plan: CampaignPlan, *, now: datetime) -> Campaign:
    """The campaign; one that should run is extended when its end has come."""
    first, last = plan.days
    campaign = ensure(
        Campaign,
        {"tenant": tenant, "name": plan.name},
        status=plan.status,
        objective=plan.objective,
        start_at=now + timedelta(days=first),
        end_at=now + timedelta(days=last),
        daily_budget_cents=plan.daily_budget_cents,
        total_budget_cents=plan.total_budget_cents,
    )
    if plan.status == CampaignStatus.ACTIVE and campaign.end_at <= now:
        campaign.end_at = now + RENEWED
        campaign.save(update_fields=["end_at", "updated_at"])
    return campaign


def ensure_line_item(campaign: Campaign, plan: LineItemPlan, placement: Placement) -> LineItem:
    """The line item with its frequency cap."""
    item = ensure(
        LineItem,
        {"campaign": campaign, "name": plan.name},
        tenant=campaign.tenant,
        placement=placement,
        bid_cents=plan.bid_cents,
        pacing_mode=plan.pacing_mode,
        targeting_json=dict(plan.targeting),
    )
    if plan.cap:
        ensure(
            FrequencyCap,
            {"line_item": item, "seconds": plan.cap.seconds},
            tenant=campaign.tenant,
            impressions=plan.cap.impressions,
        )
    return item


def ensure_creative(
    item: LineItem, plan: CreativePlan, template: Template | None, addresses: Addresses
) -> Creative:
    """An image, or the campaign's template where the plan names no image."""
    image = {
        "kind": CreativeKind.IMAGE,
        "image_url": addresses.file(plan.image),
        "landing_url": addresses.landing,
    }
    of_template = {"kind": CreativeKind.TEMPLATE, "template": template}
    creative = ensure(
        Creative,
        {"line_item": item, "name": plan.name},
        tenant=item.tenant,
        product_sku=plan.sku,
        width=item.placement.width if item.placement else None,
        height=item.placement.height if item.placement else None,
        adomain=catalogue.ADVERTISER_DOMAIN,
        **(image if plan.image else of_template),
    )
    _follow_template(creative, template)
    _follow_server(creative, addresses)
    return creative


def _follow_template(creative: Creative, template: Template | None) -> None:
    """Show the version that is published now."""
    if creative.kind == CreativeKind.TEMPLATE and template and creative.template != template:
        creative.template = template
        creative.save(update_fields=["template"])


def _follow_server(creative: Creative, addresses: Addresses) -> None:
    """Demo only: files and landing page live on this server, whose port may have changed."""
    same: QuerySet[Creative] = Creative.across_tenants.filter(pk=creative.pk)
    for name in ("image_url", "landing_url"):
        before = getattr(creative, name)
        after = addresses.moved(before)
        if after != before:
            same.update(**{name: after})
