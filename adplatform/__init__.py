"""The wiring of the platform; the Celery application is here so that ``shared_task`` finds it."""

from adplatform.celery import app as celery_app

__all__ = ["celery_app"]
