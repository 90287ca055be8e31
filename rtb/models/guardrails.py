"""Guardrails: where a campaign or line item may not, or may only, appear on exchanges."""

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from campaigns.models import Campaign, LineItem
from rtb.ad import PersonalData
from rtb.models.inventory import InventoryList
from tenants.models import TenantOwned

PERSONAL_DATA: Final = [
    (PersonalData.CONTEXTUAL.value, "Bid without ids, segments and frequency caps"),
    (PersonalData.NO_BID.value, "Do not bid"),
]


class PositionChoice(models.IntegerChoices):
    """AdCOM placement positions."""

    UNKNOWN = 0, "Unknown"
    ABOVE_FOLD = 1, "Above the fold"
    LOCKED = 2, "Locked (fixed position)"
    BELOW_FOLD = 3, "Below the fold"
    HEADER = 4, "Header"
    FOOTER = 5, "Footer"
    SIDEBAR = 6, "Sidebar"
    FULL_SCREEN = 7, "Full screen"


class Guardrails(TenantOwned):
    """Of a campaign or of a line item; both apply, whichever is stricter."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "line_item")

    campaign = models.OneToOneField(
        Campaign, on_delete=models.CASCADE, null=True, blank=True, related_name="guardrails"
    )
    line_item = models.OneToOneField(
        LineItem, on_delete=models.CASCADE, null=True, blank=True, related_name="guardrails"
    )
    allow_lists = models.ManyToManyField(
        InventoryList,
        blank=True,
        related_name="+",
        verbose_name="only on",
        help_text="Sites, apps and publishers of these lists, nothing else. Empty: anywhere.",
    )
    block_lists = models.ManyToManyField(
        InventoryList,
        blank=True,
        related_name="+",
        verbose_name="never on",
        help_text="Nothing that one of these lists names.",
    )
    positions = ArrayField(
        models.PositiveSmallIntegerField(choices=PositionChoice.choices),
        default=list,
        blank=True,
        help_text="Only in these positions on the screen. Empty: in any.",
    )
    personal_data = models.CharField(
        "without consent",
        max_length=10,
        choices=PERSONAL_DATA,
        default=PersonalData.CONTEXTUAL.value,
        help_text="What to do where privacy signals forbid the use of personal data.",
    )
    complete_chain = models.BooleanField(
        "complete supply chain only",
        default=False,
        help_text="Bid only where the request names every seller up to the publisher.",
    )
    max_hops = models.PositiveSmallIntegerField(
        "sellers at most",
        default=0,
        validators=[MaxValueValidator(100)],
        help_text="Between the publisher and us: 1 is direct. 0: any number.",
    )
    allow_rewarded = models.BooleanField(
        "rewarded ads too",
        default=True,
        help_text="Ads that people watch for a reward in a game or app.",
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "guardrails"
        verbose_name_plural = "guardrails"
        constraints = [
            models.CheckConstraint(
                condition=Q(campaign__isnull=True) ^ Q(line_item__isnull=True),
                name="guardrails_have_one_owner",
                violation_error_message="Guardrails belong to a campaign or to a line item.",
            )
        ]

    def __str__(self) -> str:
        return f"Guardrails of {self.campaign or self.line_item}"

    def clean(self) -> None:
        super().clean()
        if self.campaign_id and self.line_item_id:
            raise ValidationError("Guardrails belong to a campaign or to a line item.")
        self.positions = sorted(set(self.positions or []))
