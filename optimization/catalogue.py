"""What a template's combinations are made of, as its rows say now: values, rules and bans."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import CombinationRule, CombinationRuleKind, CreativeAsset
from optimization.models import Learning
from optimization.space import Space, parse_ad_id

Rules = Sequence[tuple[str, int, int]]  # kind, asset, the other asset


@dataclass(frozen=True, slots=True)
class Bans:
    """What marketers banned from a template."""

    assets: frozenset[int] = frozenset()
    combinations: frozenset[tuple[int, ...]] = frozenset()


NO_BANS = Bans()
EVERY_TEMPLATE = Q()


def build_space(columns: Sequence[Sequence[CreativeAsset]], rules: Rules, bans: Bans) -> Space:
    """Of the assets per component, in component order: those that are active and not banned."""
    excluded: set[tuple[int, int]] = set()
    required: defaultdict[int, set[int]] = defaultdict(set)
    for kind, asset, other in rules:
        if kind == CombinationRuleKind.EXCLUDES:
            excluded |= {(asset, other), (other, asset)}
        else:
            required[asset].add(other)
    return Space(
        assets=tuple(
            tuple(a.pk for a in column if a.is_active and a.pk not in bans.assets)
            for column in columns
        ),
        excluded=frozenset(excluded),
        required={asset: frozenset(others) for asset, others in required.items()},
        banned=bans.combinations,
    )


def rules_by_template(which: Q = EVERY_TEMPLATE) -> defaultdict[int, list[tuple[str, int, int]]]:
    """Templates without rules have an empty list."""
    grouped: defaultdict[int, list[tuple[str, int, int]]] = defaultdict(list)
    rows = CombinationRule.across_tenants.filter(which)
    for template_id, kind, asset, other in rows.values_list(
        "template_id", "kind", "asset_id", "other_id"
    ):
        grouped[template_id].append((kind, asset, other))
    return grouped


def bans_by_template(which: Q = EVERY_TEMPLATE) -> Mapping[int, Bans]:
    """What serves from no batch and is never drawn; templates without bans are left out."""
    rows = Learning.across_tenants.filter(which).exclude(banned=[], banned_assets=[])
    return {
        template_id: Bans(
            frozenset(assets), frozenset(filter(None, (parse_ad_id(each) for each in banned)))
        )
        for template_id, banned, assets in rows.values_list(
            "template_id", "banned", "banned_assets"
        )
    }
