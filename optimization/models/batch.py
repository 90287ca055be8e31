"""Batch: the creative combinations that serve to a segment, with their share of traffic."""

import math
from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from campaigns.models import Campaign, Segment, Template
from optimization.models.run import Run
from optimization.space import MAX_BATCH_ARMS, parse_ad_id
from tenants.models import TenantOwned

REQUIRED: Final = frozenset({"ad_id", "weight"})
PREDICTED: Final = frozenset({"rate", "low", "high", "best"})  # of the run that made the batch


class BatchSource(models.TextChoices):
    MANUAL = "manual", "By hand"
    OPTIMISER = "optimiser", "Optimiser"
    ROLLBACK = "rollback", "Rolled back"


def validate_arms(arms: object) -> None:
    """``arms`` is a list of {"ad_id": "12-31-40", "weight": 0.25}; weights need not sum to 1.

    What was predicted of an arm may stand beside them: rate, low, high and best, none below 0.
    """
    if not isinstance(arms, list) or not 1 <= len(arms) <= MAX_BATCH_ARMS:
        raise ValidationError(f"List 1 to {MAX_BATCH_ARMS} combinations.")
    for number, arm in enumerate(arms, start=1):
        _validate_arm(number, arm)
    if len({arm["ad_id"] for arm in arms}) != len(arms):
        raise ValidationError("A combination is listed twice.")


def _validate_arm(number: int, arm: object) -> None:
    if not isinstance(arm, dict) or not REQUIRED <= set(arm) <= REQUIRED | PREDICTED:
        raise ValidationError(f'Entry {number} must be {{"ad_id": "…", "weight": 1}}.')
    if not _is_number(arm["weight"]) or not 0 < arm["weight"] < 1e9:  # noqa: PLR2004
        raise ValidationError(f"Entry {number}: the weight must be a number above 0.")
    if not isinstance(arm["ad_id"], str) or parse_ad_id(arm["ad_id"]) is None:
        raise ValidationError(f"Entry {number}: {arm['ad_id']!r} is not an ad_id.")
    for name in PREDICTED & set(arm):
        if not _is_number(arm[name]) or arm[name] < 0:
            raise ValidationError(f"Entry {number}: {name} must be a number from 0.")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


class Batch(TenantOwned):
    """At most one batch is active per template and segment (no segment: everyone else)."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "template", "segment", "run")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="batches")
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="batches")
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="batches"
    )
    version = models.PositiveIntegerField(default=1)
    arms = models.JSONField(
        validators=[validate_arms], help_text='[{"ad_id": "12-31-40", "weight": 1}, …]'
    )
    source = models.CharField(
        max_length=9, choices=BatchSource.choices, default=BatchSource.MANUAL.value, editable=False
    )
    run = models.ForeignKey(
        Run,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="batches",
    )
    is_active = models.BooleanField(default=False)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name_plural = "batches"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "segment", "version"],
                nulls_distinct=False,
                name="batch_version_once",
                violation_error_message="This template and segment have a batch of this version.",
            ),
            models.UniqueConstraint(
                fields=["template", "segment"],
                condition=Q(is_active=True),
                nulls_distinct=False,
                name="batch_one_active",
                violation_error_message="Another batch is active here: deactivate it first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template}, {self.segment or 'everyone'}, v{self.version}"

    def clean(self) -> None:
        super().clean()
        if self.template_id and self.campaign_id != self.template.campaign_id:
            raise ValidationError({"template": "Choose a template of this campaign."})
