"""What beat runs for accounts: one call each."""

from datetime import UTC, datetime

from celery import shared_task

from tenants import salts


@shared_task
def rotate_salts() -> None:
    """New salts for accounts whose time has come; the oldest are destroyed."""
    salts.rotate_salts(now=datetime.now(UTC))
