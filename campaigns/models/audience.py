"""Segments of an audience, and how conversions are credited."""

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from campaigns import attribution
from campaigns.models.line_item import validate_targeting
from tenants.models import Tenant, TenantOwned


class Segment(TenantOwned):
    """A named audience: everyone whose request matches ``rule``."""

    key = models.CharField(
        max_length=100,
        validators=[
            RegexValidator(r"^[A-Za-z0-9_.-]+$", "Use letters, digits, dots, dashes, underscores.")
        ],
    )
    name = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField(
        default=0, help_text="The first matching segment, in this order, picks the creative batch."
    )
    rule = models.JSONField(default=dict, blank=True, validators=[validate_targeting])

    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="segment_key_once_per_tenant",
                violation_error_message="This account has a segment with this key already.",
            )
        ]

    def __str__(self) -> str:
        return self.name


MODEL_CHOICES = [(str(model), label) for model, label in attribution.LABELS.items()]
VIEW_CHOICES = [(str(event), label) for event, label in attribution.VIEW_LABELS.items()]


class AttributionRule(TenantOwned):
    """How a tenant's conversions are credited to clicks and views; one per tenant.

    A click in its window beats every view. Credits are computed by all models
    (``campaigns.attribution``); ``model`` is the one that a report shows unless asked for another.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="attribution_rule")
    click_window_hours = models.PositiveIntegerField(
        default=attribution.CLICK_WINDOW_HOURS,
        validators=[MaxValueValidator(attribution.MAX_WINDOW_HOURS)],
        help_text="A click counts for so many hours, at most 2,160 (90 days). 0: never.",
    )
    view_window_hours = models.PositiveIntegerField(
        default=attribution.VIEW_WINDOW_HOURS,
        validators=[MaxValueValidator(attribution.MAX_WINDOW_HOURS)],
        help_text="A view counts for so many hours, unless there is a click. 0: never.",
    )
    view_event = models.CharField(
        "what is a view",
        max_length=16,
        choices=VIEW_CHOICES,
        default=attribution.ViewEvent.VIEWABLE.value,
        help_text="Choose all impressions only where viewability is not measured.",
    )
    model = models.CharField(
        max_length=16,
        choices=MODEL_CHOICES,
        default=attribution.Model.LAST_TOUCH.value,
        help_text="What reports show first; they can show every other model, too.",
    )

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_model_display()}"
