"""Campaign: the high-level advertising unit, with its budget, window and frequency caps."""

from datetime import UTC, datetime
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from tenants.models import TenantOwned

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # far from the last moment that Python can hold


def validate_moment(moment: datetime) -> None:
    if not EARLIEST <= moment <= LATEST:
        raise ValidationError("Choose a moment between the years 2000 and 2200.")


class CampaignStatus(models.TextChoices):
    DRAFT = "DRAFT", "Draft"
    ACTIVE = "ACTIVE", "Active"
    PAUSED = "PAUSED", "Paused"
    ENDED = "ENDED", "Ended"


class Objective(models.TextChoices):
    AWARENESS = "awareness", "Awareness: be seen"
    TRAFFIC = "traffic", "Traffic: be clicked"
    SALES = "sales", "Sales: be bought"


class Campaign(TenantOwned):
    """Serves while ACTIVE, inside its window, and while its budgets last."""

    name = models.CharField(max_length=200)
    status = models.CharField(
        max_length=8, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT
    )
    objective = models.CharField(
        max_length=16, choices=Objective.choices, default=Objective.TRAFFIC
    )
    start_at = models.DateTimeField(
        validators=[validate_moment], help_text="Serves from this moment on."
    )
    end_at = models.DateTimeField(
        validators=[validate_moment], help_text="Serves until this moment."
    )
    daily_budget_cents = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="In cents; a day is a day of the account's time zone. Empty: no daily limit.",
    )
    total_budget_cents = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="In cents, over the campaign's whole life. Empty: no limit.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_at__gt=F("start_at")),
                name="campaign_ends_after_it_starts",
                violation_error_message="The campaign must end after it starts.",
            ),
            models.CheckConstraint(
                condition=Q(start_at__gte=EARLIEST) & Q(end_at__lte=LATEST),
                name="campaign_dates_are_sane",
                violation_error_message="Choose moments between the years 2000 and 2200.",
            ),
            models.CheckConstraint(
                condition=Q(total_budget_cents__isnull=True)
                | Q(daily_budget_cents__isnull=True)
                | Q(total_budget_cents__gte=F("daily_budget_cents")),
                name="campaign_total_covers_a_day",
                violation_error_message="The total budget is smaller than one day's budget.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_running(self, now: datetime) -> bool:
        return self.status == CampaignStatus.ACTIVE and self.start_at <= now < self.end_at


class FrequencyCap(TenantOwned):
    """At most ``impressions`` of a campaign or line item to one user within ``seconds``."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "line_item")

    campaign = models.ForeignKey(
        Campaign,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="frequency_caps",
    )
    line_item = models.ForeignKey(
        "campaigns.LineItem",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="frequency_caps",
    )
    impressions = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    seconds = models.PositiveIntegerField(
        validators=[MinValueValidator(60)], help_text="For example 86400 for a day."
    )

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(campaign__isnull=True) ^ Q(line_item__isnull=True),
                name="frequency_cap_has_one_owner",
                violation_error_message="A frequency cap belongs to a campaign or to a line item.",
            ),
            models.UniqueConstraint(
                fields=["campaign", "line_item", "seconds"],
                nulls_distinct=False,
                name="frequency_cap_once_per_window",
                violation_error_message="There is a cap for this window already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.impressions} impressions per {self.seconds} s"

    def clean(self) -> None:
        super().clean()
        if self.campaign_id and self.line_item_id:
            raise ValidationError("A frequency cap belongs to a campaign or to a line item.")
