"""The image encoder, where EMBEDDING_IMAGE_MODEL names one: CLIP through sentence-transformers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import structlog
from django.conf import settings

from optimization.embeddings.encoder import (
    Encoder,
    Model,
    ModelMissing,
    Vectors,
    find,
    loaded_model,
    unit_rows,
)
from optimization.embeddings.pictures import Unloadable, picture
from optimization.embeddings.values import Value

if TYPE_CHECKING:
    from PIL.Image import Image

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ImageEncoder:
    """Looks at pictures; one that cannot be fetched is embedded by its description.

    CLIP has one space for pictures and texts, so that both can stand in one component.
    """

    model: Model

    def embed(self, values: Sequence[Value]) -> Vectors:
        """Of the values' pictures; see Encoder."""
        loaded = loaded_model(self.model.folder)
        rows: list[Vectors] = []
        for value in values:  # one at a time: large pictures are not held together
            try:
                found = loaded.encode([_looked_at(value)], show_progress_bar=False)
            except (TypeError, ValueError, AttributeError) as exc:
                raise ModelMissing(f"{self.model.name} does not look at pictures: {exc}") from exc
            rows.append(np.asarray(found, np.float32)[0])
        return unit_rows(np.array(rows, np.float32), self.model.name)


def image_encoder() -> Encoder | None:
    """None: images are embedded by their description. Raises ModelMissing."""
    name = settings.EMBEDDING_IMAGE_MODEL
    return ImageEncoder(find(name, "EMBEDDING_IMAGE_MODEL")) if name else None


def _looked_at(value: Value) -> "Image | str":
    try:
        return picture(value.address)
    except Unloadable as exc:
        log.warning("picture_unloadable", asset=value.asset_id, why=str(exc))
        return value.text
