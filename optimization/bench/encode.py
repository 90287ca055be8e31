"""Texts to unit vectors, kept on disk: a thousand concatenated texts take ten seconds."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimization.embeddings.encoder import text_encoder
from optimization.problem import Floats


@dataclass(frozen=True, slots=True)
class Encoder:
    """``kept``: a folder for vectors of texts that were asked for before; None: keep none."""

    kept: Path | None = None

    def vectors(self, texts: Sequence[str]) -> Floats:
        """``(n, 384)``, rows of unit norm."""
        if self.kept is None:
            return _encode(texts)
        path = self.kept / f"{_digest(texts)}.npy"
        if path.exists():
            return np.load(path).astype(np.float64)  # type: ignore[no-any-return]
        found = _encode(texts)
        self.kept.mkdir(parents=True, exist_ok=True)
        _write(path, found)
        return found


def _write(path: Path, vectors: Floats) -> None:
    """In one step, so that another process never reads half a file."""
    part = path.with_name(f"{path.stem}.{id(vectors)}.part.npy")
    np.save(part, vectors.astype(np.float32))
    part.replace(path)


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join((text_encoder().model.revision, *texts)).encode()).hexdigest()[
        :32
    ]


def _encode(texts: Sequence[str]) -> Floats:
    return text_encoder().encode(texts).astype(np.float64)
