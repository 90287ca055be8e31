"""Exports of reports that run in the background."""

import uuid

from django.db import models
from django.db.models import Q

from tenants.models import TenantOwned


class ReportExport(TenantOwned):
    """A report on its way into a file; the row stays as the record of who exported what.

    ``attempts`` rises each time a worker takes it, so that a worker that was given up can write
    nothing any more. ``reporting/exports/states.py`` is the only writer.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    requested_by = models.CharField(max_length=200)
    idempotency_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 - many have none
    query = models.JSONField()
    bom = models.BooleanField(default=False)

    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, default="")
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)

    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # when a queued one should be taken
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # last sign of life of its worker
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    last_downloaded_by = models.CharField(max_length=200, default="")
    last_downloaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "due_at"], name="export_by_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "idempotency_key"], name="export_once_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(state="queued") | Q(started_at__isnull=False) | Q(state="failed"),
                name="export_started_before_it_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "expired"]) | Q(expires_at__isnull=False),
                name="finished_export_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.id} ({self.state})"

    @property
    def object_key(self) -> str:
        """Where its file lies in the object store."""
        return self.object_key_of(self.attempts)

    def object_key_of(self, attempt: int) -> str:
        """Each attempt has its own, so that a worker that was given up overwrites nothing."""
        return f"exports/{self.tenant_id}/{self.id}/{attempt}.csv.gz"
