"""What engines get: a template's embeddings in the order of their columns."""

from collections.abc import Sequence

import numpy as np
import structlog

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.objects import ObjectStoreUnavailable
from campaigns.models import Template
from optimization.embeddings import store
from optimization.embeddings.columns import columns_of
from optimization.embeddings.encoder import EncoderFailed, ModelMissing, text_encoder
from optimization.embeddings.images import image_encoder
from optimization.embeddings.store import Kept
from optimization.embeddings.sync import place_of, sync
from optimization.problem import Floats

log = structlog.get_logger(__name__)

Unavailable = (ModelMissing, EncoderFailed, ObjectStoreUnavailable, EngineNotRunning)


def load(template_id: int, columns: Sequence[Sequence[int]]) -> tuple[Floats | None, ...]:
    """As ``current``; where the model, the store or the template is missing, all are None.

    The log says why: learning goes on without.
    """
    try:
        return current(template_id, columns)
    except Unavailable as exc:
        log.warning("embeddings_unavailable", template=template_id, why=str(exc))
        return (None,) * len(columns)


def current(template_id: int, columns: Sequence[Sequence[int]]) -> tuple[Floats | None, ...]:
    """Embeddings of these assets, per component in ad_id order; what changed is embedded first.

    Of each component ``(len(column), dim)``, rows of unit norm in the column's order; a value that
    was deleted before it was ever embedded gets the component's mean direction. None for a
    component of which nothing is known, and all None without the template. Raises one of
    ``Unavailable``.
    """
    template = Template.across_tenants.filter(pk=template_id).first()
    if template is None:
        return (None,) * len(columns)
    sync(template)
    return rows_of(template, columns)


def rows_of(template: Template, columns: Sequence[Sequence[int]]) -> tuple[Floats | None, ...]:
    """As ``load``, of what is kept. Raises ModelMissing, ObjectStoreUnavailable and the like."""
    text, images = text_encoder(), image_encoder()
    found: list[Floats | None] = []
    components = columns_of(template, images=images is not None)
    for column, ids in zip(components, columns, strict=True):
        encoder = images if images and column.images else text
        kept = store.read(place_of(template, encoder), column.component)
        found.append(None if kept is None else in_order(kept, ids))
    return tuple(found)


def in_order(kept: Kept, ids: Sequence[int]) -> Floats | None:
    """The vectors of these assets ``(len(ids), dim)``; None when none of them is known."""
    where = {asset: row for row, asset in enumerate(kept.ids.tolist())}
    known = [where[asset] for asset in ids if asset in where]
    if not known:
        return None
    vectors = kept.rows.astype(np.float64)
    middle = vectors[known].mean(axis=0)
    rows = np.array([vectors[where[each]] if each in where else middle for each in ids])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1.0)
