"""The flow that keeps a template's embeddings up to date: only what changed is embedded."""

import time
from dataclasses import dataclass

import numpy as np

from campaigns.models import Template
from optimization.embeddings import store
from optimization.embeddings.columns import columns_of
from optimization.embeddings.encoder import Encoder, Vectors, text_encoder
from optimization.embeddings.images import image_encoder
from optimization.embeddings.store import Kept, Place
from optimization.embeddings.values import Column, Value


@dataclass(frozen=True, slots=True)
class Synced:
    """What one run did."""

    template_id: int
    revision: str
    values: int
    embedded: int  # values that were new or had changed
    seconds: float


def sync(template: Template, *, dry_run: bool = False) -> Synced:
    """Embed the values whose text, image or model changed, and keep the rest.

    ``dry_run`` only counts. Raises ModelMissing, EncoderFailed, ObjectStoreUnavailable and
    EngineNotRunning; what was kept before stays.
    """
    began = time.perf_counter()
    text, images = text_encoder(), image_encoder()
    columns = columns_of(template, images=images is not None)
    embedded = 0
    for column in columns:
        encoder = images if images and column.images else text
        embedded += _sync_column(place_of(template, encoder), column, encoder, dry_run=dry_run)
    values = sum(len(column.values) for column in columns)
    took = time.perf_counter() - began
    return Synced(template.pk, text.model.revision, values, embedded, round(took, 3))


def place_of(template: Template, encoder: Encoder) -> Place:
    """Where this encoder's embeddings of the template lie."""
    model = encoder.model
    return Place(template.tenant_id, template.pk, model.name, model.revision)


def _sync_column(place: Place, column: Column, encoder: Encoder, *, dry_run: bool) -> int:
    kept = store.read(place, column.component)
    changed = stale(column, kept)
    if changed and not dry_run:
        store.write(place, column.component, merged(kept, changed, encoder.embed(changed)))
    return len(changed)


def stale(column: Column, kept: Kept | None) -> list[Value]:
    """The values that have no embedding of what they say now."""
    known = dict(zip(kept.ids.tolist(), kept.digests, strict=True)) if kept else {}
    return [value for value in column.values if known.get(value.asset_id) != value.digest]


def merged(kept: Kept | None, changed: list[Value], rows: Vectors) -> Kept:
    """What was kept with new rows in the place of old ones.

    Values that were deleted stay: their events are still learnt from.
    """
    ids = np.array([value.asset_id for value in changed], np.int64)
    digests = tuple(value.digest for value in changed)
    fresh = rows.astype(np.float16)
    if kept is None or kept.rows.shape[1] != fresh.shape[1]:
        return Kept(ids, fresh, digests)
    stays = ~np.isin(kept.ids, ids)
    old = tuple(each for each, stay in zip(kept.digests, stays, strict=True) if stay)
    return Kept(
        np.concatenate([kept.ids[stays], ids]),
        np.concatenate([kept.rows[stays], fresh]),
        old + digests,
    )
