"""Creative: a concrete ad of a line item, with what exchanges ask about it."""

from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from simple_history.models import HistoricalRecords

from campaigns.creative_attributes import AttributesRejected, CreativeAttributes, read
from campaigns.models.line_item import LineItem, checked_web_address
from tenants.models import TenantOwned

MAX_HTML_CHARS = 65_536
MEDIA_TYPES: Final = {"video": ("video/",), "audio": ("audio/",)}


class CreativeKind(models.TextChoices):
    IMAGE = "image", "Image"
    TEMPLATE = "template", "Template with components"
    HTML = "html", "HTML"
    NATIVE = "native", "Native"
    VIDEO = "video", "Video"
    AUDIO = "audio", "Audio"


BANNERS: Final = (CreativeKind.IMAGE, CreativeKind.TEMPLATE, CreativeKind.HTML)
NEEDED: Final = {
    CreativeKind.IMAGE: ("image_url", "landing_url"),
    CreativeKind.NATIVE: ("image_url", "landing_url"),
    CreativeKind.HTML: ("html", "landing_url"),
    CreativeKind.VIDEO: ("landing_url",),
    CreativeKind.AUDIO: ("landing_url",),
    CreativeKind.TEMPLATE: ("template_id",),
}
NEEDED_ATTRIBUTES: Final = {
    CreativeKind.NATIVE: {"title": "A native ad needs a title: what exchanges show as headline."},
    CreativeKind.VIDEO: {
        "media": "A video needs at least one media file.",
        "duration": "A video needs its duration in seconds.",
    },
    CreativeKind.AUDIO: {
        "media": "An audio ad needs at least one media file.",
        "duration": "An audio ad needs its duration in seconds.",
    },
}


class Creative(TenantOwned):
    """A concrete ad of a line item."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("line_item", "template")

    line_item = models.ForeignKey(LineItem, on_delete=models.CASCADE, related_name="creatives")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=CreativeKind.choices, default=CreativeKind.IMAGE)
    is_active = models.BooleanField(default=True)
    product_sku = models.CharField(max_length=100, blank=True, verbose_name="product SKU")
    image_url = models.CharField(max_length=2000, blank=True, verbose_name="image URL")
    html = models.TextField(
        blank=True,
        verbose_name="HTML",
        validators=[MaxLengthValidator(MAX_HTML_CHARS)],
        help_text="What the ad shows. Write {click_url} where a link goes: it counts the click.",
    )
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
    width = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the template's or the placement's."
    )
    height = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the template's or the placement's."
    )
    adomain = models.CharField(
        max_length=253,
        blank=True,
        verbose_name="advertiser's domain",
        help_text="For example shop.example. Exchanges refuse ads without one.",
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
        self.adomain = self.adomain.strip().lower().removeprefix("www.")
        attributes = self._checked_attributes()
        self._check_kind_has_its_parts(attributes)
        self._check_template_is_of_the_campaign()
        self._check_exchanges_learn_its_size()

    def _checked_attributes(self) -> CreativeAttributes:
        try:
            attributes = read(self.attributes)
        except AttributesRejected as exc:
            raise ValidationError({"attributes": str(exc)}) from exc
        for media in attributes.media:
            _check_address("media", media.url)
            wanted = MEDIA_TYPES.get(self.kind, ("video/", "audio/"))
            if not media.mime.startswith(wanted):
                kinds = " or ".join(f"{each}…" for each in wanted)
                raise ValidationError({"attributes": f"media: {media.mime!r} is not {kinds}"})
        if attributes.icon:
            _check_address("icon", attributes.icon.url)
        return attributes

    def _check_kind_has_its_parts(self, attributes: CreativeAttributes) -> None:
        kind = CreativeKind(self.kind)
        missing = [name.removesuffix("_id") for name in NEEDED[kind] if not getattr(self, name)]
        if missing:
            raise ValidationError(dict.fromkeys(missing, f"A {self.kind} creative needs this."))
        lacking = [
            f"{name}: {message}"
            for name, message in NEEDED_ATTRIBUTES.get(kind, {}).items()
            if not getattr(attributes, name)
        ]
        if lacking:
            raise ValidationError({"attributes": lacking})

    def _check_template_is_of_the_campaign(self) -> None:
        if not (self.template and self.line_item_id):
            return
        if self.template.campaign_id != self.line_item.campaign_id:
            raise ValidationError({"template": "Choose a template of the same campaign."})

    def _check_exchanges_learn_its_size(self) -> None:
        """A banner that shows on no placement of ours has no other place to take it from."""
        if (self.width is None) != (self.height is None):
            missing = "width" if self.width is None else "height"
            raise ValidationError({missing: "Give both width and height, or neither."})
        if self.width or self.template_id or self.kind not in BANNERS or not self.line_item_id:
            return
        if self.line_item.placement_id is None:
            message = "Exchanges ask for the size: the line item has no placement to take it from."
            raise ValidationError({"width": message})


def _check_address(name: str, url: str) -> None:
    try:
        checked_web_address(name, url)
    except ValidationError as exc:
        raise ValidationError({"attributes": f"{name}: {exc.messages[0]}"}) from exc
