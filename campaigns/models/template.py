"""Ad templates with versions, their components, and the assets that fill them."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from campaigns.components import ComponentKind, Limits, LimitsRejected, ValueRejected, clean_value
from campaigns.models.campaign import Campaign
from campaigns.models.line_item import checked_web_address
from tenants.models import TenantOwned


class TemplateStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    OBSOLETE = "obsolete", "Obsolete"


KIND_CHOICES = [(kind.value, kind.value.capitalize()) for kind in ComponentKind]


class Template(TenantOwned):
    """One version of an ad template; a published version never changes.

    The file at ``template_library/<tenant>/<campaign>/<id>.template`` holds the source;
    the row keeps a copy and its SHA-256, so that a machine without the file can restore it.
    """

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("campaign",)

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="templates")
    key = models.SlugField(help_text="Stays the same over all versions of this template.")
    name = models.CharField(max_length=200)
    version = models.PositiveIntegerField(default=1, editable=False)
    status = models.CharField(
        max_length=10,
        choices=TemplateStatus.choices,
        default=TemplateStatus.DRAFT,
        editable=False,
    )
    width = models.PositiveIntegerField(default=300)
    height = models.PositiveIntegerField(default=250)
    landing_url = models.CharField(
        max_length=2000,
        verbose_name="landing URL",
        help_text="Where a click goes. May hold {campaign_id} {ad_id} {segment_id} {click_id}.",
    )
    source = models.TextField(help_text="HTML with {{ component }} placeholders.")
    source_hash = models.CharField(max_length=64, editable=False, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["campaign", "key", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "key", "version"],
                name="template_version_once",
                violation_error_message="This campaign has a template with this key already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def clean(self) -> None:
        super().clean()
        self.landing_url = checked_web_address("landing_url", self.landing_url)


class Component(TenantOwned):
    """A slot of a template that is filled with one of its assets."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("template",)

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="components")
    name = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(r"^[a-z][a-z0-9_]*$", "Use lower-case letters, digits, underscores.")
        ],
        help_text="What stands between {{ and }} in the template.",
    )
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Order of this component's asset in the ad_id."
    )
    kind = models.CharField(max_length=8, choices=KIND_CHOICES, default=ComponentKind.TEXT.value)
    limits = models.JSONField(
        default=dict,
        blank=True,
        help_text='For example {"max_length": 40} or {"allowed_values": ["left", "right"]}.',
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "name"],
                name="component_name_once_per_template",
                violation_error_message="The template has a component with this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        try:
            Limits.from_json(self.limits)
        except LimitsRejected as exc:
            raise ValidationError({"limits": str(exc)}) from exc


class CreativeAsset(TenantOwned):
    """One value a component can take; its id is the seed's creative_asset_id and value_id."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("component",)

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="assets")
    label = models.CharField(max_length=100, blank=True, help_text="What reports call it.")
    value = models.TextField(max_length=10_000)
    description = models.CharField(
        max_length=500, blank=True, help_text="In words, for images: the optimiser reads it."
    )
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label or self.value[:60]

    def clean(self) -> None:
        super().clean()
        if not self.component_id:
            return  # its new component is checked together with it by the form
        try:
            limits = Limits.from_json(self.component.limits)
            self.value = clean_value(ComponentKind(self.component.kind), limits, self.value)
        except (ValueRejected, LimitsRejected) as exc:
            raise ValidationError({"value": str(exc)}) from exc


class CombinationRuleKind(models.TextChoices):
    REQUIRES = "requires", "may only appear together with"
    EXCLUDES = "excludes", "must not appear together with"


class CombinationRule(TenantOwned):
    """Two assets of different components that belong, or do not belong, together."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("template", "asset", "other")

    template = models.ForeignKey(
        Template, on_delete=models.CASCADE, related_name="combination_rules"
    )
    asset = models.ForeignKey(CreativeAsset, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=CombinationRuleKind.choices)
    other = models.ForeignKey(CreativeAsset, on_delete=models.CASCADE, related_name="+")

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(asset=F("other")),
                name="combination_rule_has_two_assets",
                violation_error_message="Choose two different assets.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset} {self.get_kind_display()} {self.other}"

    def clean(self) -> None:
        super().clean()
        if not (self.asset_id and self.other_id and self.template_id):
            return
        owners = {self.asset.component.template_id, self.other.component.template_id}
        if owners != {self.template_id}:
            raise ValidationError("Both assets must belong to this template.")
        if self.asset.component_id == self.other.component_id:
            raise ValidationError("Choose assets of two different components.")
