"""Embeddings that follow what marketers do: found in the history of their changes, by the clock.

Celery beat looks every minute. A hook at saving would miss what imports, scripts and other apps
change, and campaigns must not know of the optimiser (DESIGN section 4).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.cache import cache

from campaigns.models import Component, CreativeAsset, Template, TemplateStatus
from optimization.embeddings.encoder import EncoderFailed, ModelMissing
from optimization.embeddings.sync import sync

log = structlog.get_logger(__name__)

OVERLAP: Final = timedelta(minutes=5)  # a transaction that took long shows its changes late
FULL_EVERY: Final = timedelta(days=1)  # then every published template is looked at


def changed(now: datetime) -> list[int]:
    """Published templates whose texts may have changed since the last look, ids in order.

    All of them where nothing is remembered: the first time, every day, after a change of model.
    """
    if not settings.EMBEDDING_MODEL:
        return []
    published = Template.across_tenants.filter(status=TemplateStatus.PUBLISHED).order_by("pk")
    since: datetime | None = cache.get(_looked_key())
    if since is not None and now - since < FULL_EVERY:
        published = published.filter(pk__in=set(_touched(since - OVERLAP)))
    return list(published.values_list("pk", flat=True))


def remember(now: datetime) -> None:
    """What changed until now is being taken care of."""
    cache.set(_looked_key(), now, FULL_EVERY.total_seconds())


def embed(template_id: int) -> None:
    """Bring one template up to date; nothing happens where it is gone or there is no model.

    Raises ObjectStoreUnavailable and EngineNotRunning: try again later.
    """
    template = Template.across_tenants.filter(pk=template_id).first()
    if template is None:
        return
    try:
        done = sync(template)
    except (ModelMissing, EncoderFailed) as exc:
        log.warning("embeddings_unavailable", template=template_id, why=str(exc))
        return
    if done.embedded:
        log.info("embedded", template=template_id, values=done.embedded, seconds=done.seconds)


def _touched(since: datetime) -> Iterator[int]:
    """Templates that were published, or whose components or values changed."""
    yield from Template.across_tenants.filter(published_at__gte=since).values_list("pk", flat=True)
    components = Component.history.filter(history_date__gte=since)
    yield from components.values_list("template_id", flat=True).distinct()
    assets = CreativeAsset.history.filter(history_date__gte=since)
    owners = Component.across_tenants.filter(pk__in=assets.values("component_id"))
    yield from owners.values_list("template_id", flat=True).distinct()


def _looked_key() -> str:
    return f"embeddings-looked:{settings.EMBEDDING_MODEL}:{settings.EMBEDDING_IMAGE_MODEL}"
