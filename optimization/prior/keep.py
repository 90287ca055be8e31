"""An account's content prior in the object store: creatives/{tenant}/prior/{model revision}.npz."""

import io
import zipfile
from datetime import datetime
from typing import Final

import numpy as np
import structlog

from adplatform.clients import objects
from optimization.prior.ridge import FOLDS, Prior

log = structlog.get_logger(__name__)

FORMAT: Final = 1


def key(tenant_id: int, revision: str) -> str:
    """Where it lies. ``revision`` is that of the embedding model."""
    return f"creatives/{tenant_id}/prior/{revision}.npz"


def write(tenant_id: int, revision: str, prior: Prior, now: datetime) -> None:
    """Replace the account's prior. Raises ObjectStoreUnavailable or EngineNotRunning."""
    content = io.BytesIO()
    np.savez(
        content,
        format=FORMAT,
        weights=prior.weights,
        numbers=np.array([prior.slope, prior.penalty, prior.r2, prior.values]),
        template_ids=prior.template_ids,
        folds=prior.folds,
        learnt_at=now.isoformat(),
    )
    objects.put(key(tenant_id, revision), content.getvalue())


def read(tenant_id: int, revision: str) -> Prior | None:
    """None where there is none, or none that can be read; the next night makes it. Raises as
    ``write``.
    """
    content = objects.get(key(tenant_id, revision))
    if content is None:
        return None
    try:
        return _unpacked(content)
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as exc:
        log.warning("prior_unreadable", key=key(tenant_id, revision), why=str(exc))
        return None


def forget(tenant_id: int, revision: str) -> None:
    """There is too little to learn from by now. Raises as ``write``."""
    objects.delete(key(tenant_id, revision))


def _unpacked(content: bytes) -> Prior:
    with np.load(io.BytesIO(content), allow_pickle=False) as found:
        if int(found["format"]) != FORMAT:
            raise ValueError(f"format {found['format']}")
        slope, penalty, r2, values = found["numbers"].tolist()
        prior = Prior(
            weights=found["weights"],
            slope=slope,
            penalty=penalty,
            r2=r2,
            template_ids=found["template_ids"],
            folds=found["folds"],
            values=int(values),
        )
    if prior.weights.ndim != 2 or len(prior.weights) != FOLDS + 1:  # noqa: PLR2004
        raise ValueError(f"weights of shape {prior.weights.shape}")
    if not (np.isfinite(prior.weights).all() and len(prior.folds) == len(prior.template_ids)):
        raise ValueError("numbers that are not finite, or folds that are missing")
    return prior
