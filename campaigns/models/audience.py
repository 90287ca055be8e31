"""Segments of an audience, and how conversions are credited."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

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


class AttributionModel(models.TextChoices):
    LAST_TOUCH = "last_touch", "Last touch"
    FIRST_TOUCH = "first_touch", "First touch"
    LINEAR = "linear", "Linear"
    TIME_DECAY = "time_decay", "Time decay"
    POSITION_BASED = "position_based", "Position based"


class AttributionRule(TenantOwned):
    """How a tenant's conversions are credited to clicks and views; one per tenant."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="attribution_rule")
    click_window_hours = models.PositiveIntegerField(default=720, validators=[MinValueValidator(1)])
    view_window_hours = models.PositiveIntegerField(default=24, validators=[MinValueValidator(1)])
    model = models.CharField(
        max_length=16, choices=AttributionModel.choices, default=AttributionModel.LAST_TOUCH
    )

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_model_display()}"
