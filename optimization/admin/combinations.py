"""A template's combinations as its rows say now, drafts included: for previews and batches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaigns.components import ComponentKind
from campaigns.models import (
    CombinationRule,
    CombinationRuleKind,
    Component,
    CreativeAsset,
    Template,
)
from optimization.space import Space


@dataclass(frozen=True, slots=True)
class Combinations:
    """The space with what it is made of; ``names`` and ``kinds`` are in ad_id order."""

    space: Space
    kinds: Mapping[str, ComponentKind]
    assets: Mapping[int, CreativeAsset]

    @property
    def names(self) -> Sequence[str]:
        return list(self.kinds)

    def values(self, combination: Sequence[int]) -> dict[str, str]:
        """Component values by name."""
        chosen = zip(self.names, combination, strict=True)
        return {name: self.assets[asset].value for name, asset in chosen}


def combinations_of(template: Template) -> Combinations:
    components = list(
        Component.objects.for_tenant(template.tenant_id)
        .filter(template=template)
        .order_by("position", "id")
        .prefetch_related("assets")
    )
    columns = [list(component.assets.all()) for component in components]
    excluded, required = _rules(template)
    return Combinations(
        space=Space(
            assets=tuple(tuple(a.pk for a in column if a.is_active) for column in columns),
            excluded=frozenset(excluded),
            required={asset: frozenset(others) for asset, others in required.items()},
        ),
        kinds={component.name: ComponentKind(component.kind) for component in components},
        assets={asset.pk: asset for column in columns for asset in column},
    )


def _rules(template: Template) -> tuple[set[tuple[int, int]], Mapping[int, set[int]]]:
    """Pairs that must not meet, in both orders, and what each asset needs."""
    excluded: set[tuple[int, int]] = set()
    required: defaultdict[int, set[int]] = defaultdict(set)
    for rule in CombinationRule.objects.for_tenant(template.tenant_id).filter(template=template):
        if rule.kind == CombinationRuleKind.EXCLUDES:
            excluded |= {(rule.asset_id, rule.other_id), (rule.other_id, rule.asset_id)}
        else:
            required[rule.asset_id].add(rule.other_id)
    return excluded, required
