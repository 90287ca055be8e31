"""What beat runs for the events: one call each."""

from celery import shared_task

from events import retention


@shared_task
def apply_retention() -> None:
    """Tenants' choices of how long single events stay become TTLs."""
    retention.apply()
