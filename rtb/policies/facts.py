"""The documents that policies see as ``input`` (pure); docs/policies.md lists their fields."""

from typing import Final

from adplatform.money import Micros
from adserving.snapshot import CampaignConfig, CreativeConfig, LineItemConfig, TenantConfig
from campaigns.targeting import Rule
from campaigns.targeting.rules import All, Any_, Everyone, Not, dimension_name
from campaigns.targeting.serialize import to_json
from rtb.ad import Ad, Guardrails, Strategy
from rtb.facts import Facts

Document = dict[str, object]
MICROS: Final = 1_000_000


def of_ad(ad: Ad, tenant: TenantConfig) -> Document:
    """What configuration says; the same configuration gives an equal document."""
    return {
        "tenant": {
            "id": tenant.id,
            "currency": tenant.currency,
            "timezone": str(tenant.timezone),
        },
        "campaign": _campaign(ad.line_item.campaign),
        "line_item": _line_item(ad.line_item),
        "creative": _creative(ad.creative, ad.format),
        "strategy": _strategy(ad.strategy),
        "guardrails": _guardrails(ad.guardrails),
    }


def of_request(
    ad: Ad, tenant: TenantConfig, facts: Facts, *, price: Micros, deal_id: str, ssp: str
) -> Document:
    """The same and what the request adds, under ``request``; ``price`` is CPM."""
    local = facts.context.local_time
    request = {
        "country": facts.country,
        "region": facts.context.region,
        "device_type": facts.context.device_type,
        "domain": facts.domain,
        "bundle": facts.bundle,
        "publisher": facts.publisher,
        "categories": list(facts.categories),
        "format": str(ad.format),
        "price_cpm": price / MICROS,
        "deal": deal_id,
        "ssp": ssp,
        "hour": local.hour,
        "weekday": local.strftime("%a").lower(),
        "personal_data": facts.privacy.personal,
        "coppa": facts.privacy.coppa,
        "test": facts.request.test == 1,
    }
    return {**of_ad(ad, tenant), "request": request}


def required(rule: Rule) -> frozenset[str]:
    """The dimensions that every visitor is asked about, such as country or key_value:age."""
    match rule:
        case Everyone() | Not():
            return frozenset()
        case All(rules=rules):
            return frozenset().union(*(required(each) for each in rules))
        case Any_(rules=rules):
            found = [required(each) for each in rules]
            return frozenset.intersection(*found) if found else frozenset()
        case _:
            return frozenset({dimension_name(rule)})


def _units(micros: Micros | None) -> float | None:
    return None if micros is None else micros / MICROS


def _campaign(campaign: CampaignConfig) -> Document:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "start_at": campaign.start_at.isoformat(),
        "end_at": campaign.end_at.isoformat(),
        "daily_budget": _units(campaign.daily_budget),
        "total_budget": _units(campaign.total_budget),
    }


def _line_item(item: LineItemConfig) -> Document:
    return {
        "id": item.id,
        "name": item.name,
        "cpm": _units(item.cpm),
        "priority": item.priority,
        "daily_budget": _units(item.daily_budget),
        "total_budget": _units(item.total_budget),
        "targeting": to_json(item.rule),
        "requires": sorted(required(item.rule)),
        "caps": [{"impressions": cap.impressions, "seconds": cap.seconds} for cap in item.caps],
    }


def _creative(creative: CreativeConfig, kind: str) -> Document:
    attributes = creative.attributes
    return {
        "id": creative.id,
        "kind": creative.kind,
        "format": str(kind),
        "width": creative.width,
        "height": creative.height,
        "adomain": creative.adomain,
        "landing_url": creative.landing_url,
        "categories": list(attributes.cat),
        "category_taxonomy": attributes.cattax,
        "attributes": list(attributes.attr),
        "language": attributes.language,
        "bundle": attributes.bundle,
        "duration": attributes.duration,
    }


def _strategy(strategy: Strategy) -> Document:
    return {
        "goal": str(strategy.goal),
        "goal_amount": _units(strategy.goal_amount),
        "max_bid": _units(strategy.max_bid),
        "is_shaded": strategy.is_shaded,
        "open_auction": strategy.open_auction,
        "ssps": sorted(strategy.ssp_ids),
        "deals": sorted(strategy.deals),
        "multipliers": [
            {"dimension": each.dimension, "value": each.value, "factor": each.factor}
            for each in strategy.multipliers
        ],
    }


def _guardrails(rails: Guardrails) -> Document:
    return {
        "has_allow_list": bool(
            rails.allow_domains or rails.allow_bundles or rails.allow_publishers
        ),
        "has_block_list": bool(
            rails.block_domains or rails.block_bundles or rails.block_publishers
        ),
        "block_categories": sorted(rails.block_categories),
        "positions": sorted(rails.positions),
        "personal_data": str(rails.personal_data),
        "complete_chain": rails.complete_chain,
        "max_hops": rails.max_hops,
        "allow_rewarded": rails.allow_rewarded,
    }
