"""Line item: a bid for a placement, for exchanges or for both, with targeting and budgets."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from campaigns.components import ValueRejected, clean_landing_url
from campaigns.models.campaign import Campaign
from campaigns.models.placement import Placement
from campaigns.targeting import Problem, TargetingRejected, parse, to_json
from tenants.models import TenantOwned


class LineItemStatus(models.TextChoices):
    ACTIVE = "ACTIVE", "Active"
    PAUSED = "PAUSED", "Paused"


class PacingMode(models.TextChoices):
    STANDARD = "STANDARD", "Standard: spread over the day"
    ACCELERATED = "ACCELERATED", "Accelerated: as fast as possible"


def validate_targeting(rule: object) -> None:
    try:
        parse(rule)
    except TargetingRejected as exc:
        raise ValidationError([_in_words(problem) for problem in exc.problems]) from exc


def _in_words(problem: Problem) -> str:
    return f"{problem.path}: {problem.message}" if problem.path else problem.message


def checked_web_address(field: str, url: str) -> str:
    try:
        return clean_landing_url(url, allow_http=settings.ALLOW_HTTP_URLS)
    except ValueRejected as exc:
        raise ValidationError({field: str(exc)}) from exc


class LineItem(TenantOwned):
    """A campaign's bid; ``bid_cents`` is a CPM (price of 1,000 impressions).

    It serves on its placement, and on exchanges where it has an active ``rtb.BidStrategy``.
    """

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "placement")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="line_items")
    placement = models.ForeignKey(
        Placement,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="line_items",
        help_text="Where on your own pages it serves. Empty: exchanges only.",
    )
    name = models.CharField(max_length=200)
    status = models.CharField(
        max_length=8, choices=LineItemStatus.choices, default=LineItemStatus.ACTIVE
    )
    bid_cents = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="CPM in cents: the price of 1,000 impressions."
    )
    priority = models.PositiveSmallIntegerField(
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(16)],
        help_text="1 goes first, 16 last: 4 sponsorship, 8 standard, 12 price, 16 house.",
    )
    pacing_mode = models.CharField(
        max_length=12, choices=PacingMode.choices, default=PacingMode.STANDARD
    )
    daily_budget_cents = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="In cents, inside the campaign's budget. Empty: only the campaign's limit.",
    )
    total_budget_cents = models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="In cents, over the line item's whole life. Empty: only the campaign's limit.",
    )
    targeting_json = models.JSONField(
        default=dict, blank=True, validators=[validate_targeting], verbose_name="targeting"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(total_budget_cents__isnull=True)
                | Q(daily_budget_cents__isnull=True)
                | Q(total_budget_cents__gte=F("daily_budget_cents")),
                name="line_item_total_covers_a_day",
                violation_error_message="The total budget is smaller than one day's budget.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self._check_creatives_stay_with_their_campaign()
        try:
            self.targeting_json = to_json(parse(self.targeting_json))
        except TargetingRejected:
            return  # the field's validator has reported it

    def _check_creatives_stay_with_their_campaign(self) -> None:
        if not self.pk:
            return
        foreign = self.creatives.filter(template__isnull=False).exclude(
            template__campaign_id=self.campaign_id
        )
        if foreign.exists():
            raise ValidationError(
                {"campaign": "Its creatives show templates of the campaign that it is in now."}
            )
