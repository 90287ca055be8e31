"""What beat runs for the events: one call each."""

from celery import shared_task

from events import retention
from events.forgetting import forget
from events.reconcile import schedule


@shared_task
def apply_retention() -> None:
    """Tenants' choices of how long single events stay become TTLs."""
    retention.apply()


@shared_task
def finish_forgetting() -> None:
    """A deletion of a user that crashed is finished, as far as its rows were marked."""
    forget.finish_interrupted()


@shared_task
def reconcile_lately() -> None:
    """The last two days: raw events against every tier."""
    schedule.keep_up(days=2)


@shared_task
def reconcile_all() -> None:
    """Every month that is open or was closed lately."""
    schedule.keep_up(days=45)
