"""A run of the attribution, one row each; its id is the version of the credits that it wrote."""

from django.db import models

from tenants.models import TenantOwned


class AttributionRun(TenantOwned):
    """What a run was asked to credit, and what came of it; a run without an end was killed."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    since = models.DateTimeField(null=True, help_text="Conversions from this moment on.")
    until = models.DateTimeField(null=True, help_text="Conversions before this moment.")
    watermark = models.DateTimeField(
        null=True, help_text="Every event that was stored before this moment is taken into account."
    )
    conversions = models.PositiveBigIntegerField(default=0)
    attributed = models.PositiveBigIntegerField(
        default=0, help_text="Of the changed ones, those with a click or a view in its window."
    )
    changed = models.PositiveBigIntegerField(
        default=0, help_text="Conversions that were new, or whose credits changed."
    )
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["tenant", "-watermark"], name="attribution_watermark")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="attribution_run_is_a_range",
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"
