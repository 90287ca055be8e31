"""What the bidder does in the background: each task makes one call."""

import structlog
from celery import shared_task
from django.utils import timezone

from rtb.jobs import pace as pacing
from rtb.jobs import prices, rates
from rtb.jobs.turn import Busy

log = structlog.get_logger(__name__)


@shared_task
def pace() -> None:
    """Every half minute: how much of the traffic each line item takes part in."""
    try:
        pacing.pace(timezone.now())
    except Busy as exc:
        log.info("job_left_out", why=str(exc))


@shared_task
def learn_prices() -> None:
    """Every five minutes: at which price bids win."""
    try:
        prices.learn_prices(timezone.now())
    except Busy as exc:
        log.info("job_left_out", why=str(exc))


@shared_task
def learn_rates() -> None:
    """Every five minutes: how often impressions are clicked, and clicks convert."""
    try:
        rates.learn_rates(timezone.now())
    except Busy as exc:
        log.info("job_left_out", why=str(exc))
