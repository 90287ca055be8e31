"""What the optimiser does in the background: each task makes one call."""

from celery import shared_task
from django.utils import timezone

from adplatform.clients.objects import ObjectStoreUnavailable
from optimization.embeddings import upkeep


@shared_task(autoretry_for=(ObjectStoreUnavailable,), retry_backoff=30, max_retries=6)
def embed_template(template_id: int) -> None:
    """Embed what is new or changed in one template."""
    upkeep.embed(template_id)


@shared_task
def embed_changed() -> None:
    """Every minute: the templates that marketers published or changed."""
    now = timezone.now()
    for template_id in upkeep.changed(now):
        embed_template.delay(template_id)
    upkeep.remember(now)
