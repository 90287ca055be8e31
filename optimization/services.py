"""Changing what serves: activating batches, and rolling back to earlier ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from campaigns.models import Template
from optimization.catalogue import NO_BANS, bans_by_template, build_space, rules_by_template
from optimization.models import Batch, BatchSource, Run, validate_arms
from optimization.space import Space, parse_ad_id

Arms = list[dict[str, object]]
SegmentArms = Mapping[int | None, Arms]  # None: everyone without a segment of their own


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a batch, and when it began to serve."""

    source: BatchSource
    run: Run | None
    now: datetime


@transaction.atomic
def activate(
    *,
    template: Template,
    batches: SegmentArms,
    source: BatchSource = BatchSource.MANUAL,
    run: Run | None = None,
    now: datetime | None = None,
) -> list[Batch]:
    """Serve these arms from now on, to all the segments named or to none of them.

    The batches that served these segments before are kept, inactive. Raises ValidationError when
    arms are malformed.
    """
    now = now or datetime.now(UTC)
    for arms in batches.values():
        validate_arms(arms)
    _lock(template)  # one activation at a time
    origin = Origin(source, run, now)
    return [_replace(template, segment, arms, origin) for segment, arms in batches.items()]


def activate_arms(*, template: Template, segment_id: int | None, arms: Arms) -> Batch:
    """Serve these arms to one segment from now on, as chosen by hand."""
    return activate(template=template, batches={segment_id: arms})[0]


@transaction.atomic
def activate_batch(*, batch: Batch, now: datetime | None = None) -> Batch:
    """Serve this batch to its segment; the one that served before is kept, inactive."""
    now = now or datetime.now(UTC)
    _lock(batch.template)
    others = _versions(batch.template, batch.segment_id).exclude(pk=batch.pk)
    _deactivate(others, now)
    batch.is_active, batch.activated_at, batch.deactivated_at = True, now, None
    batch.save(update_fields=["is_active", "activated_at", "deactivated_at"])
    return batch


@transaction.atomic
def roll_back_segment(
    *, template: Template, segment_id: int | None, version: int, now: datetime | None = None
) -> Batch:
    """Serve the arms of an earlier version again, as a new version.

    The optimiser goes on from there at its next run: who wants the version to stay pauses it.

    Raises:
        ValidationError: no such version, or all of its combinations are banned, inactive or
            against a rule.
    """
    found = _versions(template, segment_id).filter(version=version).first()
    if found is None:
        raise ValidationError(f"There is no version {version} to go back to.")
    return _again(template, [found], now or datetime.now(UTC))[0]


@transaction.atomic
def roll_back_run(*, run: Run, now: datetime | None = None) -> list[Batch]:
    """Serve to every segment of a run what served there before it.

    A segment that had no batch of its own then has none again.

    Raises:
        ValidationError: the run changed nothing, or what served before it no longer may.
    """
    now = now or datetime.now(UTC)
    made = list(Batch.across_tenants.filter(run=run, source=BatchSource.OPTIMISER))
    if not made:
        raise ValidationError("This run changed nothing, so there is nothing to take back.")
    template = run.template
    _lock(template)
    earlier = [_served_before(batch) for batch in made]
    for batch, before in zip(made, earlier, strict=True):
        if before is None:
            _deactivate(_versions(template, batch.segment_id), now)
    return _again(template, [each for each in earlier if each], now)


def _served_before(batch: Batch) -> Batch | None:
    earlier = _versions(batch.template, batch.segment_id).filter(version__lt=batch.version)
    return earlier.filter(activated_at__isnull=False).first()


def _again(template: Template, batches: Sequence[Batch], now: datetime) -> list[Batch]:
    _lock(template)
    space = space_of(template)
    for batch in batches:
        if not any(_allows(space, str(arm["ad_id"])) for arm in batch.arms):
            raise ValidationError(
                f"Version {batch.version} cannot serve again: all of its combinations are banned, "
                "switched off or against a rule."
            )
    return [
        _replace(template, b.segment_id, b.arms, Origin(BatchSource.ROLLBACK, b.run, now))
        for b in batches
    ]


def space_of(template: Template) -> Space:
    """What may serve of a template now, after rules and bans."""
    which = Q(template=template)
    components = template.components.order_by("position", "id").prefetch_related("assets")
    columns = [list(component.assets.all()) for component in components]
    bans = bans_by_template(which).get(template.pk, NO_BANS)
    return build_space(columns, rules_by_template(which)[template.pk], bans)


def _allows(space: Space, ad_id: str) -> bool:
    combination = parse_ad_id(ad_id)
    return combination is not None and space.allows(combination)


def _lock(template: Template) -> None:
    Template.across_tenants.select_for_update().get(pk=template.pk)


def _versions(template: Template, segment_id: int | None) -> "QuerySet[Batch]":
    """Newest first."""
    segment = Q(segment_id=segment_id) if segment_id else Q(segment__isnull=True)
    return Batch.across_tenants.filter(segment, template=template).order_by("-version")


def _deactivate(batches: "QuerySet[Batch]", now: datetime) -> None:
    for active in batches.filter(is_active=True):
        active.is_active, active.deactivated_at = False, now
        active.save(update_fields=["is_active", "deactivated_at"])


def _replace(template: Template, segment_id: int | None, arms: Arms, origin: Origin) -> Batch:
    versions = _versions(template, segment_id)
    _deactivate(versions, origin.now)
    latest = versions.aggregate(latest=Max("version"))["latest"] or 0
    return Batch.across_tenants.create(
        tenant_id=template.tenant_id,
        campaign_id=template.campaign_id,
        template=template,
        segment_id=segment_id,
        version=latest + 1,
        arms=arms,
        source=origin.source,
        run=origin.run,
        is_active=True,
        activated_at=origin.now,
    )
