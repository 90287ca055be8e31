"""A marketer's hold on learning: pause it, pin or ban a combination or a value."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from campaigns.models import CreativeAsset, Template
from optimization.allocate import gamma_at
from optimization.models import Batch, BatchSource, Learning
from optimization.services import space_of
from optimization.space import parse_ad_id

List = Literal["pinned", "banned", "pinned_assets", "banned_assets"]
OPPOSITE: Final[dict[str, str]] = {
    "pinned": "banned",
    "banned": "pinned",
    "pinned_assets": "banned_assets",
    "banned_assets": "pinned_assets",
}
SETTINGS: Final = (  # what a new version of a template takes over
    "is_paused",
    "engine",
    "goal",
    "objective",
    "q",
    "start_date",
    "end_date",
    "min_impressions",
    "min_clicks",
    "max_age_hours",
    "exploration_budget",
)


def chosen_by_hand(template_ids: Iterable[int]) -> Iterable[int]:
    """Those of these templates of which somebody chose by hand what serves."""
    rows = Batch.across_tenants.filter(is_active=True, source=BatchSource.MANUAL)
    return rows.filter(template_id__in=list(template_ids)).values_list("template_id", flat=True)


def learns_by_default(template: Template) -> bool:
    """Without settings of its own a template learns unless somebody chose what serves by hand."""
    return template.pk not in set(chosen_by_hand([template.pk]))


@transaction.atomic
def learning_of(template: Template) -> Learning:
    """The template's settings; made when there are none, like those of its previous version."""
    Template.across_tenants.select_for_update().get(pk=template.pk)
    if found := Learning.across_tenants.filter(template=template).first():
        return found
    before = (
        Learning.across_tenants.filter(
            template__campaign_id=template.campaign_id,
            template__key=template.key,
            template__version__lt=template.version,
        )
        .order_by("-template__version")
        .first()
    )
    taken = {name: getattr(before, name) for name in SETTINGS} if before else {}
    taken.setdefault("is_paused", not learns_by_default(template))
    return Learning.across_tenants.create(template=template, tenant_id=template.tenant_id, **taken)


def pause(*, template: Template, on: bool = True) -> Learning:
    """Keep what serves as it is, until it is resumed (``on=False``)."""
    learning = learning_of(template)
    learning.is_paused = on
    learning.save(update_fields=["is_paused"])
    return learning


@transaction.atomic
def pin_combination(*, template: Template, ad_id: str, on: bool = True) -> Learning:
    """Keep a combination in every batch, or no longer. Raises ValidationError."""
    _require_combination(template, ad_id)
    return _mark(template, "pinned", ad_id, on=on)


@transaction.atomic
def ban_combination(*, template: Template, ad_id: str, on: bool = True) -> Learning:
    """Serve a combination nowhere, at once. Raises ValidationError when nothing would be left."""
    _require_combination(template, ad_id)
    learning = _mark(template, "banned", ad_id, on=on)
    _require_rest(template)
    return learning


@transaction.atomic
def pin_value(*, template: Template, asset_id: int, on: bool = True) -> Learning:
    """Serve no other value of its component, from the next batch on. Raises ValidationError."""
    asset = _require_value(template, asset_id)
    if on and not asset.is_active:
        raise ValidationError(f"“{asset}” is switched off: switch it on first.")
    return _mark(template, "pinned_assets", asset_id, on=on)


@transaction.atomic
def ban_value(*, template: Template, asset_id: int, on: bool = True) -> Learning:
    """Serve a value nowhere, at once. Raises ValidationError when nothing would be left."""
    _require_value(template, asset_id)
    learning = _mark(template, "banned_assets", asset_id, on=on)
    _require_rest(template)
    return learning


def _mark(template: Template, name: List, item: str | int, *, on: bool) -> Learning:
    """What is pinned is no longer banned, and the other way round."""
    learning = learning_of(template)
    listed = [each for each in getattr(learning, name) if each != item]
    setattr(learning, name, [*listed, item] if on else listed)
    other = OPPOSITE[name]
    if on:
        setattr(learning, other, [each for each in getattr(learning, other) if each != item])
    learning.clean_fields(exclude=["template", "tenant", "last_run"])
    learning.save(update_fields=[name, other])
    return learning


def _require_combination(template: Template, ad_id: str) -> None:
    ids = parse_ad_id(ad_id)
    owners = CreativeAsset.across_tenants.filter(pk__in=ids or (), component__template=template)
    components = {asset.component_id for asset in owners}
    if ids is None or len(components) != len(ids) or len(ids) != template.components.count():
        raise ValidationError(f"{ad_id[:60]} is no combination of this template.")


def _require_value(template: Template, asset_id: int) -> CreativeAsset:
    asset = CreativeAsset.across_tenants.filter(
        Q(pk=asset_id), component__template=template
    ).first()
    if asset is None:
        raise ValidationError(f"{asset_id} is no value of this template.")
    return asset


def _require_rest(template: Template) -> None:
    if space_of(template).first() is None:
        raise ValidationError("Nothing would be left to show: lift another ban or rule first.")


def horizon_gamma(learning: Learning, now: datetime) -> float:
    """1 when open-ended, else from 1 at the start to allocate.END_GAMMA at the end."""
    if learning.end_date is None:
        return 1.0
    began = learning.start_date or (learning.template.published_at or now).date()
    days = (learning.end_date - began).days
    return gamma_at((now.date() - began).days / days if days > 0 else 1.0)
