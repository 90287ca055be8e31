"""A template's combinations as its rows say now, drafts included: for previews and batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from campaigns.components import ComponentKind
from campaigns.models import Component, CreativeAsset, Template
from optimization.catalogue import NO_BANS, bans_by_template, build_space, rules_by_template
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
    which = Q(template=template)
    rules, bans = rules_by_template(which), bans_by_template(which)
    return Combinations(
        space=build_space(columns, rules[template.pk], bans.get(template.pk, NO_BANS)),
        kinds={component.name: ComponentKind(component.kind) for component in components},
        assets={asset.pk: asset for column in columns for asset in column},
    )
