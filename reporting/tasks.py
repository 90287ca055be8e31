"""What reporting does in the background: each task makes one call."""

from uuid import UUID

from celery import shared_task

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
