"""What a template's page offers to do, and what is held now: buttons, pins, bans, versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from adplatform.admin.optimiser import words
from adplatform.admin.optimiser.effects import assets_of
from adplatform.admin.optimiser.figures import moment
from adplatform.admin.optimiser.found import Found
from adplatform.admin.optimiser.hold import url
from optimization.insight import rate_of
from optimization.models import Batch
from optimization.space import parse_ad_id

SHOWN_VERSIONS: Final = 10


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    url: str
    variant: str


@dataclass(frozen=True, slots=True)
class Held:
    """A pin or a ban, and how to undo it."""

    kind: str
    text: str
    undo: str
    url: str


@dataclass(frozen=True, slots=True)
class Version:
    """A choice that served before, as text."""

    version: int
    served: str
    size: int
    rate: str
    span: str
    url: str


def buttons(found: Found) -> list[Button]:
    paused = found.learning.is_paused
    turn = ("Resume", "resume") if paused else ("Pause", "pause")
    return [
        Button("Learn now", url(found.template, "retrain"), "primary"),
        Button(turn[0], url(found.template, turn[1]), "default"),
        Button(
            "Settings", reverse("admin:optimiser_settings", args=[found.template.pk]), "default"
        ),
    ]


def held(found: Found) -> Iterator[Held]:
    learning, template = found.learning, found.template
    for ad_id in learning.pinned:
        at = f"{url(template, 'unpin')}?ad_id={ad_id}"
        yield Held("Pinned combination", _combination(found, ad_id), "Unpin", at)
    for ad_id in learning.banned:
        at = f"{url(template, 'unban')}?ad_id={ad_id}"
        yield Held("Banned combination", _combination(found, ad_id), "Lift ban", at)
    for pk in learning.pinned_assets:
        at = f"{url(template, 'unpin-value')}?value={pk}"
        yield Held("Pinned", _value(found, pk), "Unpin", at)
    for pk in learning.banned_assets:
        at = f"{url(template, 'unban-value')}?value={pk}"
        yield Held("Banned", _value(found, pk), "Lift ban", at)


def versions(found: Found, segment_id: int) -> list[Version]:
    """What the batch that serves to a segment took the place of, newest first."""
    active = found.serving(segment_id)
    if active is None:
        return []
    same = [
        batch
        for batch in found.batches
        if batch.segment_id == active.segment_id and batch.version < active.version
    ]
    return [_version(found, batch) for batch in same[:SHOWN_VERSIONS]]


def _version(found: Found, batch: Batch) -> Version:
    rate = rate_of(row for row in found.rows or () if row.batch_id == batch.pk)
    until = f" to {moment(batch.deactivated_at)}" if batch.deactivated_at else ""
    return Version(
        batch.version,
        f"{moment(batch.activated_at or batch.created_at)}{until}",
        len(batch.arms),
        words.rate(rate),
        words.between(rate.estimate) if rate else "",
        f"{url(found.template, 'go-back')}?batch={batch.pk}",
    )


def _combination(found: Found, ad_id: str) -> str:
    values = " · ".join(v for _, v in assets_of(parse_ad_id(ad_id) or (), found.combinations))
    return f"{ad_id}: {values}"


def _value(found: Found, pk: int) -> str:
    return str(found.combinations.assets.get(pk, f"Deleted ({pk})"))
