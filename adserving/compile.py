"""Compiling the configuration: database rows in, one immutable snapshot out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db.models import F

from adplatform.money import Micros, from_cents
from adserving.addresses.lists import listed_sources
from adserving.index import Index, build
from adserving.match import static_reason
from adserving.snapshot import (
    Arms,
    CampaignConfig,
    Cap,
    CreativeConfig,
    LineItemConfig,
    PlacementConfig,
    SegmentConfig,
    Snapshot,
    TemplateConfig,
    TenantConfig,
)
from campaigns import library
from campaigns.components import ComponentKind
from campaigns.creative_attributes import AttributesRejected, CreativeAttributes
from campaigns.creative_attributes import read as read_attributes
from campaigns.models import (
    BANNERS,
    Campaign,
    CampaignStatus,
    Creative,
    FrequencyCap,
    LineItem,
    LineItemStatus,
    PacingMode,
    Placement,
    Segment,
    Template,
    TemplateStatus,
)
from campaigns.targeting import TargetingRejected, compile_rule, parse
from campaigns.templates import CompiledTemplate, TemplateRejected, compile_template
from events.directory import LineItemRef
from events.users import Salt
from optimization.catalogue import (
    NO_BANS,
    Bans,
    Rules,
    bans_by_template,
    build_space,
    rules_by_template,
)
from optimization.models import Batch
from optimization.space import Space, parse_ad_id
from tenants.models import Tenant
from tenants.selectors import known_keys, user_salts

log = structlog.get_logger(__name__)


KEEP_ENDED = timedelta(days=30)  # how long line items of an ended campaign can be explained


def compile_snapshot(now: datetime) -> Snapshot:
    """Read all tenants' configuration and index it; a broken row is left out and logged."""
    campaigns = _campaigns()
    templates = _templates()
    creatives = _creatives()
    usable = [creative for creative in creatives.values() if _is_usable(creative, templates)]
    line_items = _line_items(campaigns, usable, now)
    placements = _placements()
    return Snapshot(
        compiled_at=now,
        tenants=_tenants(),
        placements=placements,
        placement_ids={(p.tenant_id, p.key): p.id for p in placements.values()},
        campaigns=campaigns,
        line_items=line_items,
        by_placement=_by_placement(line_items.values()),
        creatives=creatives,
        templates=templates,
        segments=_segments(),
        keys=known_keys(),
        listed_sources=listed_sources(),
        salts=_salts(),
        line_item_refs=_line_item_refs(),
    )


def _salts() -> dict[int, tuple[Salt, ...]]:
    return {
        tenant_id: tuple(Salt(valid_from, secret) for valid_from, secret in salts)
        for tenant_id, salts in user_salts().items()
    }


def _tenants() -> dict[int, TenantConfig]:
    rows = Tenant.across_tenants.filter(is_active=True).values_list(
        "pk", "timezone", "currency", "prepaid_cents"
    )
    return {
        pk: TenantConfig(pk, ZoneInfo(timezone), currency, _budget(prepaid))
        for pk, timezone, currency, prepaid in rows
    }


def _placements() -> dict[int, PlacementConfig]:
    return {
        row.pk: PlacementConfig(
            id=row.pk,
            tenant_id=row.tenant_id,
            key=row.key,
            width=row.width,
            height=row.height,
            allowed_domains=tuple(row.allowed_domains),
            is_active=row.is_active,
        )
        for row in Placement.across_tenants.filter(tenant__is_active=True)
    }


def _campaigns() -> dict[int, CampaignConfig]:
    return {
        row.pk: CampaignConfig(
            id=row.pk,
            tenant_id=row.tenant_id,
            name=row.name,
            active=row.status == CampaignStatus.ACTIVE,
            start_at=row.start_at,
            end_at=row.end_at,
            daily_budget=_budget(row.daily_budget_cents),
            total_budget=_budget(row.total_budget_cents),
        )
        for row in Campaign.across_tenants.filter(tenant__is_active=True)
    }


def _budget(cents: int | None) -> Micros | None:
    return None if cents is None else from_cents(cents)


def _line_items(
    campaigns: Mapping[int, CampaignConfig], creatives: Iterable[CreativeConfig], now: datetime
) -> dict[int, LineItemConfig]:
    caps = _caps()
    shown: defaultdict[int, list[CreativeConfig]] = defaultdict(list)
    for creative in creatives:
        shown[creative.line_item_id].append(creative)
    rows = LineItem.across_tenants.filter(
        tenant__is_active=True, campaign__end_at__gt=now - KEEP_ENDED
    ).annotate(prepaid_cents=F("tenant__prepaid_cents"))
    compiled: dict[int, LineItemConfig] = {}
    for row in rows:
        if row.campaign_id not in campaigns:
            continue  # made since the campaigns were read; its notification reloads us
        try:
            rule = parse(row.targeting_json)
        except TargetingRejected as exc:
            log.error("line_item_left_out", line_item_id=row.pk, problem=str(exc))  # noqa: TRY400
            continue
        compiled[row.pk] = LineItemConfig(
            id=row.pk,
            tenant_id=row.tenant_id,
            name=row.name,
            campaign=campaigns[row.campaign_id],
            placement_id=row.placement_id or 0,
            active=row.status == LineItemStatus.ACTIVE,
            cpm=from_cents(row.bid_cents),
            priority=row.priority,
            daily_budget=_budget(row.daily_budget_cents),
            total_budget=_budget(row.total_budget_cents),
            prepaid=_budget(row.prepaid_cents),
            standard_pacing=row.pacing_mode == PacingMode.STANDARD,
            rule=rule,
            matches=compile_rule(rule),
            caps=tuple(caps[f"c{row.campaign_id}"] + caps[f"l{row.pk}"]),
            creatives=tuple(shown[row.pk]),
        )
    return compiled


def _line_item_refs() -> dict[int, dict[int, LineItemRef]]:
    """All line items, also those that ended long ago: their conversions still arrive."""
    refs: defaultdict[int, dict[int, LineItemRef]] = defaultdict(dict)
    for tenant_id, pk, campaign_id, placement_id, bid_cents in LineItem.across_tenants.values_list(
        "tenant_id", "pk", "campaign_id", "placement_id", "bid_cents"
    ):
        refs[tenant_id][pk] = LineItemRef(campaign_id, placement_id or 0, from_cents(bid_cents))
    return refs


def _caps() -> defaultdict[str, list[Cap]]:
    caps: defaultdict[str, list[Cap]] = defaultdict(list)
    for row in FrequencyCap.across_tenants.all():
        owner = f"c{row.campaign_id}" if row.campaign_id else f"l{row.line_item_id}"
        caps[owner].append(Cap(owner, row.impressions, row.seconds))
    return caps


def _is_usable(creative: CreativeConfig, templates: Mapping[int, TemplateConfig]) -> bool:
    """Active, and of a template that has something to show: nothing else may win an auction."""
    if creative.template_id is None:
        return creative.is_active
    template = templates.get(creative.template_id)
    return creative.is_active and template is not None and template.uniform_propensity > 0


def _creatives() -> dict[int, CreativeConfig]:
    rows = Creative.across_tenants.filter(tenant__is_active=True).order_by("pk")
    sizes = {
        "template_width": F("template__width"),
        "template_height": F("template__height"),
        "placement_width": F("line_item__placement__width"),
        "placement_height": F("line_item__placement__height"),
    }
    return {row.pk: _creative(row) for row in rows.annotate(**sizes)}


def _creative(row: Creative) -> CreativeConfig:
    try:
        attributes, is_active = read_attributes(row.attributes), row.is_active
    except AttributesRejected as exc:
        log.error("creative_left_out", creative_id=row.pk, problem=str(exc))  # noqa: TRY400
        attributes, is_active = CreativeAttributes(), False
    width, height = _size(row, attributes)
    return CreativeConfig(
        id=row.pk,
        tenant_id=row.tenant_id,
        line_item_id=row.line_item_id,
        kind=row.kind,
        product_sku=row.product_sku,
        image_url=row.image_url,
        landing_url=row.landing_url,
        template_id=row.template_id,
        is_active=is_active,
        width=width,
        height=height,
        adomain=row.adomain,
        attributes=attributes,
        html=row.html,
    )


def _size(row: Any, attributes: CreativeAttributes) -> tuple[int, int]:
    """Its own; else of a banner its template's or placement's, of a video its first file's."""
    if row.width and row.height:
        return row.width, row.height
    if row.kind in BANNERS:
        width = row.template_width or row.placement_width or 0
        return width, row.template_height or row.placement_height or 0
    first = attributes.media[0] if attributes.media else None
    return (first.width, first.height) if first else (0, 0)


def _by_placement(items: Iterable[LineItemConfig]) -> dict[int, Index[LineItemConfig]]:
    grouped: defaultdict[int, list[LineItemConfig]] = defaultdict(list)
    for item in items:
        if item.placement_id:
            grouped[item.placement_id].append(item)
    return {
        placement_id: build(group, rule=attrgetter("rule"), state=static_reason)
        for placement_id, group in grouped.items()
    }


def _segments() -> dict[int, tuple[SegmentConfig, ...]]:
    grouped: defaultdict[int, list[SegmentConfig]] = defaultdict(list)
    for row in Segment.across_tenants.order_by("position", "key"):
        try:
            matches = compile_rule(parse(row.rule))
        except TargetingRejected as exc:
            log.error("segment_left_out", segment_id=row.pk, problem=str(exc))  # noqa: TRY400
            continue
        grouped[row.tenant_id].append(SegmentConfig(row.pk, row.key, matches))
    return {tenant_id: tuple(group) for tenant_id, group in grouped.items()}


def _templates() -> dict[int, TemplateConfig]:
    """Published versions, and obsolete ones that pages out there may still embed."""
    rows = (
        Template.across_tenants.filter(tenant__is_active=True)
        .exclude(status=TemplateStatus.DRAFT)
        .prefetch_related("components__assets")
    )
    rules = rules_by_template()
    batches = _batches()
    bans = bans_by_template()
    compiled: dict[int, TemplateConfig] = {}
    for row in rows:
        config = _template(row, rules[row.pk], bans.get(row.pk, NO_BANS), batches[row.pk])
        if config is not None:
            compiled[row.pk] = config
    return compiled


def _template(
    row: Template, rules: Rules, bans: Bans, batches: list[Batch]
) -> TemplateConfig | None:
    components = list(row.components.all())
    kinds = {component.name: ComponentKind(component.kind) for component in components}
    try:
        compiled = _compiled(library.read(row), tuple(kinds.items()))
    except (TemplateRejected, OSError) as exc:
        log.error("template_left_out", template_id=row.pk, problem=str(exc))  # noqa: TRY400
        return None
    space = build_space([list(c.assets.all()) for c in components], rules, bans)
    return TemplateConfig(
        id=row.pk,
        tenant_id=row.tenant_id,
        campaign_id=row.campaign_id,
        width=row.width,
        height=row.height,
        landing_url=row.landing_url,
        compiled=compiled,
        components=tuple(kinds),
        kinds=kinds,
        values={asset.pk: asset.value for c in components for asset in c.assets.all()},
        space=space,
        batches=_arms(batches, space),
        uniform_propensity=1.0 / max(space.allowed, 1.0) if space.first() else 0.0,
    )


@lru_cache(maxsize=4096)
def _compiled(source: str, kinds: tuple[tuple[str, ComponentKind], ...]) -> CompiledTemplate:
    """Versions never change, so a template is parsed once per process, not once per reload."""
    return compile_template(source, dict(kinds))


def _batches() -> defaultdict[int, list[Batch]]:
    grouped: defaultdict[int, list[Batch]] = defaultdict(list)
    for row in Batch.across_tenants.filter(is_active=True):
        grouped[row.template_id].append(row)
    return grouped


def _arms(batches: Iterable[Batch], space: Space) -> dict[int, Arms]:
    """Active batches by segment id; arms with an inactive asset or a broken rule do not serve."""
    result: dict[int, Arms] = {}
    for batch in batches:
        parsed = [(parse_ad_id(arm["ad_id"]), float(arm["weight"])) for arm in batch.arms]
        usable = [(ids, weight) for ids, weight in parsed if ids and space.allows(ids)]
        if usable:
            result[batch.segment_id or 0] = Arms.build(batch.pk, usable)
    return result
