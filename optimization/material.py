"""What an engine needs to know of a template: its values by index, and what may serve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Component, CreativeAsset, Segment, Template
from optimization import masks
from optimization.catalogue import NO_BANS, bans_by_template, rules_by_template
from optimization.models import Learning
from optimization.problem import Bools, Combination, Grid
from optimization.space import format_ad_id, parse_ad_id

CombinationRules = tuple[list[tuple[int, int]], dict[int, list[int]]]  # excluded, required


@dataclass(frozen=True, slots=True)
class Material:
    """A template's values by index.

    ``assets`` holds ids per component in ad_id order: those of rows, then those that were deleted,
    so that what was learnt of them is kept. ``places`` finds an asset's component and index, also
    of an earlier version's asset that has the same value.
    """

    template_id: int
    versions: tuple[int, ...]  # ids of templates whose history counts
    assets: tuple[tuple[int, ...], ...]
    places: Mapping[int, tuple[int, int]]
    grid: Grid
    segments: tuple[int, ...]  # ids of the account's segments, in order

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(len(column) for column in self.assets)

    def combination(self, ad_id: str) -> Combination | None:
        """None where an asset is unknown or a component has none or two."""
        found = [self.places.get(asset) for asset in parse_ad_id(ad_id) or ()]
        values = {place[0]: place[1] for place in found if place}
        if len(found) != len(self.assets) or len(values) != len(self.assets):
            return None
        return tuple(values[component] for component in range(len(self.assets)))

    def ad_id(self, combination: Combination) -> str:
        return format_ad_id(
            [column[value] for column, value in zip(self.assets, combination, strict=True)]
        )


def material_of(template: Template, learning: Learning) -> Material:
    """As the rows say now, after rules, bans and pinned values."""
    components = list(template.components.order_by("position", "id").prefetch_related("assets"))
    living = [list(component.assets.all()) for component in components]
    deleted = _deleted(components)
    assets = tuple(
        tuple(sorted(a.pk for a in column)) + deleted.get(component.pk, ())
        for component, column in zip(components, living, strict=True)
    )
    places = {pk: (c, v) for c, column in enumerate(assets) for v, pk in enumerate(column)}
    earlier = _earlier(template)
    return Material(
        template_id=template.pk,
        versions=(template.pk, *(each.pk for each in earlier)),
        assets=assets,
        places=_aliases(earlier, components, places) | places,
        grid=_grid(template, assets, [a for column in living for a in column], learning),
        segments=tuple(
            Segment.across_tenants.filter(tenant_id=template.tenant_id)
            .order_by("position", "key")
            .values_list("pk", flat=True)
        ),
    )


def _deleted(components: Sequence[Component]) -> dict[int, tuple[int, ...]]:
    """By component, ids of assets whose rows are gone; the history keeps them."""
    ids = [component.pk for component in components]
    gone = (
        CreativeAsset.history.filter(component_id__in=ids, history_type="-")
        .order_by("id")
        .values_list("component_id", "id")
    )
    found: dict[int, dict[int, None]] = {}
    for component_id, pk in gone:
        found.setdefault(component_id, {})[pk] = None
    return {component_id: tuple(each) for component_id, each in found.items()}


def _earlier(template: Template) -> list[Template]:
    return list(
        Template.across_tenants.filter(
            campaign_id=template.campaign_id, key=template.key, version__lt=template.version
        )
    )


def _aliases(
    earlier: Sequence[Template],
    components: Sequence[Component],
    places: Mapping[int, tuple[int, int]],
) -> dict[int, tuple[int, int]]:
    """Assets of earlier versions with the same value in a component of the same name."""
    same = {
        (component.name, asset.value): places[asset.pk]
        for component in components
        for asset in component.assets.all()
    }
    rows = CreativeAsset.across_tenants.filter(component__template__in=earlier).values_list(
        "pk", "component__name", "value"
    )
    return {pk: same[name, value] for pk, name, value in rows if (name, value) in same}


def _grid(
    template: Template,
    assets: tuple[tuple[int, ...], ...],
    living: Sequence[CreativeAsset],
    learning: Learning,
) -> Grid:
    which = Q(template=template)
    bans = bans_by_template(which).get(template.pk, NO_BANS)
    active = {asset.pk for asset in living if asset.is_active} - bans.assets
    excluded, required = _rules(rules_by_template(which)[template.pk])
    grid = masks.build(assets, active, excluded, required, bans.combinations)
    return Grid(
        grid.sizes,
        tuple(_pinned(u, column, learning) for u, column in zip(grid.usable, assets, strict=True)),
        grid.forbidden,
        grid.banned,
    )


def _pinned(usable: Bools, column: tuple[int, ...], learning: Learning) -> Bools:
    """Where values of a component are pinned, no others of it serve."""
    wanted = [value for value, pk in enumerate(column) if pk in learning.pinned_assets]
    if not usable[wanted].any():
        return usable
    kept = usable.copy()
    kept[[value for value in range(len(column)) if value not in wanted]] = False
    return kept


def _rules(rules: Sequence[tuple[str, int, int]]) -> CombinationRules:
    excluded: list[tuple[int, int]] = []
    required: dict[int, list[int]] = {}
    for kind, asset, other in rules:
        if kind == "excludes":
            excluded.append((asset, other))
        else:
            required.setdefault(asset, []).append(other)
    return excluded, required
