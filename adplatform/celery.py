"""The Celery application: broker and time zone come from the settings, tasks from every app."""

import os
from datetime import timedelta
from typing import Final, cast

from celery import Celery
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")

AT_ONCE: Final = timedelta()

app = Celery("adplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class QueueAway(Exception):
    """Redis did not take a task, or did not answer in time; the task may have been taken."""


def send(task: str, *args: object, after: timedelta = AT_ONCE) -> None:
    """Hand a task to a worker, or say within seconds that it was not. Raises QueueAway."""
    refused_or_silent = (OperationalError, *app.connection_for_write().connection_errors)
    try:
        app.send_task(task, args, countdown=after.total_seconds(), retry=False)
    except cast("tuple[type[Exception], ...]", refused_or_silent) as exc:
        raise QueueAway(str(exc)) from exc
