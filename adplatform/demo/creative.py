"""The demo's template with its components, assets, rule, and the batch of one segment."""

from datetime import datetime
from pathlib import Path
from random import Random

from adplatform.demo import catalogue
from adplatform.demo.addresses import Addresses
from adplatform.demo.catalogue import ComponentPlan, RulePlan
from adplatform.demo.rows import ensure
from campaigns.components import ComponentKind
from campaigns.models import (
    Campaign,
    CombinationRule,
    Component,
    CreativeAsset,
    Segment,
    Template,
    TemplateStatus,
)
from campaigns.services import publish, save_draft
from optimization.models import Batch, Learning
from optimization.services import activate_arms, space_of
from optimization.space import format_ad_id

SOURCE = Path(__file__).with_name("autumn-sofas.template")
BATCH_SEED = 1


def ensure_template(campaign: Campaign, addresses: Addresses, *, now: datetime) -> Template:
    """The published version; the first one is made here, later ones are the marketer's."""
    versions = Template.across_tenants.filter(campaign=campaign, key=catalogue.TEMPLATE_KEY)
    published = versions.filter(status=TemplateStatus.PUBLISHED).first()
    template = published or _publish_first(campaign, addresses, now=now)
    _follow_server(template, addresses)
    return template


def ensure_batch(template: Template, segment: Segment) -> None:
    """One segment serves a batch, as after a retraining; the others explore everything."""
    if Batch.across_tenants.filter(template=template, segment=segment, is_active=True).exists():
        return
    valid = list(space_of(template).valid())
    picked = Random(BATCH_SEED).sample(valid, min(catalogue.BATCH_ARMS, len(valid)))  # noqa: S311
    arms: list[dict[str, object]] = [{"ad_id": format_ad_id(arm), "weight": 1} for arm in picked]
    activate_arms(template=template, segment_id=segment.pk, arms=arms)


def ensure_learning(template: Template) -> None:
    """Learns from a minute's visitors, so that one can watch; later edits are kept."""
    Learning.across_tenants.get_or_create(
        template=template,
        defaults={
            "tenant_id": template.tenant_id,
            "min_impressions": catalogue.LEARN_IMPRESSIONS,
            "min_clicks": catalogue.LEARN_CLICKS,
        },
    )


def asset_names(template: Template) -> dict[str, str]:
    """What truth.py calls each creative_asset_id: its component and label."""
    rows = CreativeAsset.across_tenants.filter(component__template=template)
    return {
        str(pk): f"{component}/{label or value}"
        for pk, component, label, value in rows.values_list(
            "pk", "component__name", "label", "value"
        )
    }


def _publish_first(campaign: Campaign, addresses: Addresses, *, now: datetime) -> Template:
    template = Template(
        tenant=campaign.tenant,
        campaign=campaign,
        key=catalogue.TEMPLATE_KEY,
        name=catalogue.TEMPLATE_NAME,
        landing_url=addresses.landing,
        source=SOURCE.read_text(encoding="utf-8"),
    )
    template.full_clean()
    save_draft(template)
    for position, plan in enumerate(catalogue.COMPONENTS):
        _add_component(template, plan, position, addresses)
    for rule in catalogue.RULES:
        _add_rule(template, rule)
    return publish(template, now=now)


def _add_component(
    template: Template, plan: ComponentPlan, position: int, addresses: Addresses
) -> None:
    component = ensure(
        Component,
        {"template": template, "name": plan.name},
        tenant=template.tenant,
        position=position,
        kind=plan.kind,
        limits=dict(plan.limits),
    )
    is_image = plan.kind == ComponentKind.IMAGE
    for asset in plan.assets:
        ensure(
            CreativeAsset,
            {"component": component, "label": asset.label},
            tenant=template.tenant,
            value=addresses.file(asset.value) if is_image else asset.value,
            description=asset.description,
        )


def _add_rule(template: Template, plan: RulePlan) -> None:
    assets = CreativeAsset.across_tenants.filter(component__template=template)
    ensure(
        CombinationRule,
        {
            "template": template,
            "asset": assets.get(label=plan.asset),
            "kind": plan.kind,
            "other": assets.get(label=plan.other),
        },
        tenant=template.tenant,
    )


def _follow_server(template: Template, addresses: Addresses) -> None:
    """Demo only: a published version never changes, but its pictures move with the port.

    The rows are updated past the services on purpose: nothing that a visitor sees differs.
    """
    Template.across_tenants.filter(pk=template.pk).update(
        landing_url=addresses.moved(template.landing_url)
    )
    pictures = CreativeAsset.across_tenants.filter(
        component__template=template, component__kind=ComponentKind.IMAGE.value
    )
    for picture in pictures:
        moved = addresses.moved(picture.value)
        if moved != picture.value:
            CreativeAsset.across_tenants.filter(pk=picture.pk).update(value=moved)
