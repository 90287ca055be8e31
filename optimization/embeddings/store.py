"""One object per component and model revision: asset ids, unit vectors in fp16, text hashes.

creatives/{tenant}/{template}/emb/{model revision}/{component}.safetensors
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from adplatform.clients import objects

log = structlog.get_logger(__name__)

FORMAT: Final = "1"
HEADER_BYTES: Final = 8  # of safetensors: the length of its JSON header, little-endian


class Unreadable(ValueError):
    """An object is damaged, or is of another format or model; it is made again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Embeddings of one component's values."""

    ids: NDArray[np.int64]  # (n,) asset ids, each once
    rows: NDArray[np.float16]  # (n, dim) of unit norm
    digests: tuple[str, ...]  # (n,) of what was embedded


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template's embeddings by one model lie."""

    tenant_id: int
    template_id: int
    model: str
    revision: str

    def key(self, component: str) -> str:
        folder = f"creatives/{self.tenant_id}/{self.template_id}/emb/{self.revision}"
        return f"{folder}/{component}.safetensors"


def read(place: Place, component: str) -> Kept | None:
    """What is kept of a component; None when there is nothing, or nothing that can be used.

    Raises ObjectStoreUnavailable or EngineNotRunning.
    """
    key = place.key(component)
    content = objects.get(key)
    if content is None:
        return None
    try:
        return unpack(content, place.revision)
    except Unreadable as exc:
        log.warning("embeddings_unreadable", key=key, why=str(exc))
        return None


def write(place: Place, component: str, kept: Kept) -> None:
    """Replace a component's object whole. Raises as ``read``."""
    objects.put(place.key(component), pack(kept, place))


def pack(kept: Kept, place: Place) -> bytes:
    """A safetensors file that any reader of the format opens."""
    from safetensors.numpy import save  # noqa: PLC0415 - workers only

    metadata = {
        "format": FORMAT,
        "model": place.model,
        "revision": place.revision,
        "dim": str(kept.rows.shape[1]),
        "norm": "1",
        "text_sha256": json.dumps(kept.digests),
        "rows_sha256": _checksum(kept.ids, kept.rows),
    }
    return save({"ids": kept.ids, "embeddings": kept.rows}, metadata)


def unpack(content: bytes, revision: str) -> Kept:
    """The inverse. Raises Unreadable."""
    from safetensors import SafetensorError  # noqa: PLC0415
    from safetensors.numpy import load  # noqa: PLC0415

    try:
        tensors = load(content)
        metadata = _metadata(content)
        kept = Kept(
            np.asarray(tensors["ids"], np.int64),
            np.asarray(tensors["embeddings"], np.float16),
            tuple(json.loads(metadata["text_sha256"])),
        )
    except (SafetensorError, KeyError, TypeError, ValueError) as exc:
        raise Unreadable(f"not one of our files: {exc}") from exc
    if metadata.get("format") != FORMAT or metadata.get("revision") != revision:
        raise Unreadable(f"format {metadata.get('format')}, model {metadata.get('revision')}")
    _check(kept, metadata)
    return kept


def _check(kept: Kept, metadata: dict[str, str]) -> None:
    n = len(kept.ids)
    if kept.ids.shape != (n,) or kept.rows.ndim != 2 or len(kept.rows) != n:  # noqa: PLR2004
        raise Unreadable(f"{kept.ids.shape} ids and {kept.rows.shape} vectors")
    if len(kept.digests) != n:
        raise Unreadable(f"{n} vectors with {len(kept.digests)} hashes")
    if metadata.get("rows_sha256") != _checksum(kept.ids, kept.rows):
        raise Unreadable("its content is not what was written")


def _metadata(content: bytes) -> dict[str, str]:
    length = int.from_bytes(content[:HEADER_BYTES], "little")
    header = json.loads(content[HEADER_BYTES : HEADER_BYTES + length])
    return dict(header["__metadata__"])


def _checksum(ids: NDArray[np.int64], rows: NDArray[np.float16]) -> str:
    return sha256(ids.tobytes() + rows.tobytes()).hexdigest()
