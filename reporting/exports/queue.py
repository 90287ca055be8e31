"""Hand an export to a Celery worker; when Redis is away the sweep does it later."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from kombu.exceptions import OperationalError

from adplatform.celery import app

log = structlog.get_logger(__name__)

TASK: Final = "reporting.tasks.make_export"
AT_ONCE: Final = timedelta()


def enqueue(export_id: UUID, after: timedelta = AT_ONCE) -> bool:
    """Whether Celery took it."""
    try:
        app.send_task(TASK, [str(export_id)], countdown=after.total_seconds(), retry=False)
    except OperationalError as exc:
        log.warning("export_not_enqueued", export=str(export_id), error=str(exc))
        return False
    return True
