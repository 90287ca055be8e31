"""What the account's content prior expects of a template's values."""

import numpy as np
import structlog

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.objects import ObjectStoreUnavailable
from campaigns.models import Template
from optimization.embeddings.encoder import ModelMissing, text_encoder
from optimization.prior import keep
from optimization.prior.ridge import Prior
from optimization.problem import Floats

log = structlog.get_logger(__name__)


def expected(
    template: Template, embeddings: tuple[Floats | None, ...]
) -> tuple[Floats | None, ...]:
    """Per component what its values add in log-odds, mean 0, (K_c,); None where nothing is known.

    ``embeddings`` as ``rows.load`` gives them. Learnt from the account's other templates, never
    from this one's clicks: those come with its counts. All None where there is no prior yet, or the
    store or the model is missing: learning goes on without.
    """
    try:
        prior = keep.read(template.tenant_id, text_encoder().model.revision)
    except (ModelMissing, ObjectStoreUnavailable, EngineNotRunning) as exc:
        log.warning("prior_unavailable", template=template.pk, why=str(exc))
        prior = None
    if prior is None or not prior.slope:
        return (None,) * len(embeddings)
    return tuple(_expected(prior, template.pk, each) for each in embeddings)


def _expected(prior: Prior, template_id: int, rows: Floats | None) -> Floats | None:
    """None too where another encoder looked at images: its vectors say nothing to this prior."""
    if rows is None or len(rows) < 2 or rows.shape[1] != prior.weights.shape[1]:  # noqa: PLR2004
        return None
    found = prior.expects(template_id, rows)
    return found if np.isfinite(found).all() else None
