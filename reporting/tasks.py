"""What reporting does in the background: each task makes one call."""

from uuid import UUID

from celery import shared_task

from reporting.attribution import schedule
from reporting.exports import make, sweep


@shared_task(acks_late=True)
def make_export(export_id: str) -> None:
    """Make one export."""
    make.make(UUID(export_id))


@shared_task
def sweep_exports() -> None:
    """Every minute: exports that lost their worker or their task, and files that are too old."""
    sweep.sweep()


@shared_task
def remove_export_orphans() -> None:
    """Every day: files that no export has."""
    sweep.remove_orphans()


@shared_task
def credit_news() -> None:
    """Every minute: conversions that are new, and those whose visitor did more."""
    schedule.credit_news()


@shared_task
def credit_again() -> None:
    """Every hour: the conversions of the last two days."""
    schedule.credit_again()
