"""Line item: a bid for a placement with targeting; Creative: what it shows."""

from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
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
    """A campaign's bid for one placement; ``bid_cents`` is a CPM (price of 1,000 impressions)."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign", "placement")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="line_items")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="line_items")
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
    targeting_json = models.JSONField(
        default=dict, blank=True, validators=[validate_targeting], verbose_name="targeting"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]

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


class CreativeKind(models.TextChoices):
    IMAGE = "image", "Image"
    TEMPLATE = "template", "Template with components"
    HTML = "html", "HTML"
    NATIVE = "native", "Native"
    VIDEO = "video", "Video"


class Creative(TenantOwned):
    """A concrete ad of a line item."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("line_item", "template")

    line_item = models.ForeignKey(LineItem, on_delete=models.CASCADE, related_name="creatives")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=CreativeKind.choices, default=CreativeKind.IMAGE)
    is_active = models.BooleanField(default=True)
    product_sku = models.CharField(max_length=100, blank=True, verbose_name="product SKU")
    image_url = models.CharField(max_length=2000, blank=True, verbose_name="image URL")
    landing_url = models.CharField(
        max_length=2000,
        blank=True,
        verbose_name="landing URL",
        help_text="Where a click goes. May hold {campaign_id} {ad_id} {segment_id} {click_id}.",
    )
    template = models.ForeignKey(
        "campaigns.Template",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="creatives",
    )
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    adomain = models.CharField(
        max_length=253, blank=True, help_text="The advertiser's domain, for OpenRTB."
    )
    attributes = models.JSONField(
        default=dict, blank=True, help_text="Further OpenRTB attributes (cat, attr, …)."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.image_url:
            self.image_url = checked_web_address("image_url", self.image_url)
        if self.landing_url:
            self.landing_url = checked_web_address("landing_url", self.landing_url)
        self._check_kind_has_its_parts()
        self._check_template_is_of_the_campaign()

    def _check_kind_has_its_parts(self) -> None:
        required = {
            CreativeKind.IMAGE: ("image_url", "landing_url"),
            CreativeKind.NATIVE: ("image_url", "landing_url"),
            CreativeKind.TEMPLATE: ("template",),
        }.get(CreativeKind(self.kind), ("landing_url",))
        missing = [
            name
            for name in required
            if not getattr(self, f"{name}_id" if name == "template" else name)
        ]
        if missing:
            raise ValidationError(dict.fromkeys(missing, f"A {self.kind} creative needs this."))

    def _check_template_is_of_the_campaign(self) -> None:
        if not (self.template and self.line_item_id):
            return
        if self.template.campaign_id != self.line_item.campaign_id:
            raise ValidationError({"template": "Choose a template of the same campaign."})
