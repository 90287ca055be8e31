"""What the optimiser does in the background: each task makes one call."""

import contextlib

from celery import shared_task
from django.utils import timezone

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.objects import ObjectStoreUnavailable
from optimization import schedule
from optimization.embeddings import upkeep
from optimization.models import RunTrigger
from optimization.prior import train
from optimization.retrain import Ask, retrain
from optimization.turns import Busy

QUEUED_SECONDS = 30  # a retraining that waited longer is asked for again, if it is still due
RETRAIN_SECONDS = 900  # one that takes longer is stopped; what served goes on serving


@shared_task
def check_thresholds() -> None:
    """Ask for every retraining that is due."""
    now = timezone.now()
    schedule.close_left_behind(now)
    for template_id in schedule.due_now(now):
        retrain_due.apply_async((template_id,), expires=QUEUED_SECONDS)


@shared_task(time_limit=RETRAIN_SECONDS)
def retrain_due(template_id: int) -> None:
    """Retrain a template, unless another worker has done it meanwhile."""
    schedule.retrain_if_due(template_id)


@shared_task(time_limit=RETRAIN_SECONDS)
def retrain_now(template_id: int) -> None:
    """Retrain a template because somebody asked for it; not while it is being retrained."""
    with contextlib.suppress(Busy):
        retrain(Ask(template_id, RunTrigger.MANUAL))


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


@shared_task
def train_priors() -> None:
    """Every day: the content prior of each account."""
    for tenant_id in train.tenant_ids():
        train_prior.delay(tenant_id)


@shared_task(autoretry_for=(ObjectStoreUnavailable, ClickHouseError), retry_backoff=60)
def train_prior(tenant_id: int) -> None:
    """What the account's templates say of words that nobody has seen yet."""
    train.train(tenant_id, timezone.now())
