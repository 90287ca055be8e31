"""How a line item bids on exchanges."""

from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from campaigns.models import LineItem
from rtb.ad import Goal
from rtb.models.ssp import Ssp
from rtb.multipliers import MultipliersRejected, read, to_json
from tenants.models import TenantOwned

GOALS: Final = [
    (Goal.CPM.value, "Impressions: the line item's bid, per 1,000"),
    (Goal.CPC.value, "Clicks: so much for each"),
    (Goal.CPA.value, "Conversions: so much for each"),
]


class BidStrategy(TenantOwned):
    """A line item with an active one takes part in auctions; without, it does not."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("line_item",)

    line_item = models.OneToOneField(
        LineItem, on_delete=models.CASCADE, related_name="bid_strategy"
    )
    is_active = models.BooleanField(
        "bid on exchanges", default=True, help_text="Off: the line item takes part in no auction."
    )
    goal = models.CharField("pay for", max_length=3, choices=GOALS, default=Goal.CPM.value)
    goal_cents = models.PositiveBigIntegerField(
        "worth of one",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="In cents: what a click or a conversion is worth to you.",
    )
    max_bid_cents = models.PositiveBigIntegerField(
        "highest bid",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="CPM in cents; no bid is above it, whatever the rest says. Empty: no such limit.",
    )
    is_shaded = models.BooleanField(
        "bid no more than it takes",
        default=True,
        help_text="In first-price auctions bid below the worth, as far as experience says that "
        "it still wins.",
    )
    multipliers = models.JSONField(
        default=list,
        blank=True,
        help_text="Bid more or less in some places; those that match are multiplied.",
    )
    ssps = models.ManyToManyField(
        Ssp,
        blank=True,
        related_name="+",
        verbose_name="SSPs",
        help_text="Bid on these only. Empty: on all of the account.",
    )
    open_auction = models.BooleanField(
        "open auctions too",
        default=True,
        help_text="Off: bid only where one of the line item's deals is offered.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "exchange bidding"
        verbose_name_plural = "exchange bidding"
        constraints = [
            models.CheckConstraint(
                condition=Q(goal=Goal.CPM.value) | Q(goal_cents__gt=0),
                name="bid_strategy_goal_has_its_worth",
                violation_error_message="Say what one click or conversion is worth.",
            ),
            models.CheckConstraint(
                condition=Q(max_bid_cents__isnull=True) | Q(max_bid_cents__gt=0),
                name="bid_strategy_highest_bid_is_positive",
                violation_error_message="The highest bid must be above 0, or empty.",
            ),
        ]

    def __str__(self) -> str:
        return f"Exchange bidding of {self.line_item}"

    def clean(self) -> None:
        super().clean()
        if self.goal != Goal.CPM and not self.goal_cents:
            raise ValidationError({"goal_cents": "Say what one click or conversion is worth."})
        try:
            self.multipliers = to_json(read(self.multipliers))
        except MultipliersRejected as exc:
            raise ValidationError({"multipliers": str(exc)}) from exc
