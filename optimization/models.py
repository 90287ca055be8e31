"""Batch: the creative combinations that serve to a segment, with their share of traffic."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from campaigns.models import Campaign, Segment, Template
from optimization.space import MAX_BATCH_ARMS, parse_ad_id
from tenants.models import TenantOwned


def validate_arms(arms: object) -> None:
    """``arms`` is a list of {"ad_id": "12-31-40", "weight": 0.25}; weights need not sum to 1."""
    if not isinstance(arms, list) or not 1 <= len(arms) <= MAX_BATCH_ARMS:
        raise ValidationError(f"List 1 to {MAX_BATCH_ARMS} combinations.")
    for index, arm in enumerate(arms):
        if not isinstance(arm, dict) or set(arm) != {"ad_id", "weight"}:
            raise ValidationError(f'Entry {index + 1} must be {{"ad_id": "…", "weight": 1}}.')
        weight = arm["weight"]
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < 1e9:  # noqa: PLR2004
            raise ValidationError(f"Entry {index + 1}: the weight must be a number above 0.")
        if not isinstance(arm["ad_id"], str) or parse_ad_id(arm["ad_id"]) is None:
            raise ValidationError(f"Entry {index + 1}: {arm['ad_id']!r} is not an ad_id.")
    if len({arm["ad_id"] for arm in arms}) != len(arms):
        raise ValidationError("A combination is listed twice.")


class Batch(TenantOwned):
    """At most one batch is active per template and segment (no segment: everyone else)."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "template", "segment")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="batches")
    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="batches")
    segment = models.ForeignKey(
        Segment, on_delete=models.CASCADE, null=True, blank=True, related_name="batches"
    )
    version = models.PositiveIntegerField(default=1)
    arms = models.JSONField(
        validators=[validate_arms], help_text='[{"ad_id": "12-31-40", "weight": 1}, …]'
    )
    is_active = models.BooleanField(default=False)
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
