"""What beat runs for the events: one call each."""

from celery import shared_task

from events import retention
from events.forgetting import forget


@shared_task
def apply_retention() -> None:
    """Tenants' choices of how long single events stay become TTLs."""
    retention.apply()


@shared_task
def finish_forgetting() -> None:
    """A deletion of a user that crashed is finished, as far as its rows were marked."""
    forget.finish_interrupted()
