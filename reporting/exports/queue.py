"""Hand an export to a Celery worker; when Redis is away the sweep does it later."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from adplatform.celery import AT_ONCE, QueueAway, send

log = structlog.get_logger(__name__)

TASK: Final = "reporting.tasks.make_export"


def enqueue(export_id: UUID, after: timedelta = AT_ONCE) -> bool:
    """Whether Celery took it."""
    try:
        send(TASK, str(export_id), after=after)
    except QueueAway as exc:
        log.warning("export_not_enqueued", export=str(export_id), error=str(exc))
        return False
    return True
