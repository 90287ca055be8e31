"""Learning: how a template's combinations are learnt, what may serve, and how it stands."""

from typing import ClassVar, Final

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from campaigns.models import Template
from optimization.models.run import Run
from optimization.space import MAX_AD_ID_CHARS, parse_ad_id
from tenants.models import TenantOwned

MAX_LISTED: Final = 1000
MAX_Q: Final = 64


class EngineChoice(models.TextChoices):
    TAB = "tab", "Component tables (recommended)"
    BOTORCH = "botorch", "BoTorch (up to 10,000 combinations)"
    SEED = "seed", "Whole-text baseline (for comparison)"


class GoalChoice(models.TextChoices):
    CTR = "ctr", "Clicks"
    CONVERSIONS = "conversions", "Conversions"
    VALUE = "value", "Value of conversions"


class ObjectiveChoice(models.TextChoices):
    EARN = "earn", "Earn while learning"
    LEARN = "learn", "Learn as much as possible"


class LearningState(models.TextChoices):
    IDLE = "idle", "Up to date"
    WAITING = "waiting", "Waiting for more traffic"
    RUNNING = "running", "Learning now"
    FAILED = "failed", "Failed"


def validate_ad_ids(ad_ids: object) -> None:
    """A list of different ad_ids such as "12-31-40"."""
    _require_list(ad_ids, "combinations")
    for ad_id in ad_ids:  # type: ignore[attr-defined]
        if not isinstance(ad_id, str) or parse_ad_id(ad_id) is None:
            raise ValidationError(f"{ad_id!r} is not an ad_id.")


def validate_asset_ids(ids: object) -> None:
    """A list of different ids of component values."""
    _require_list(ids, "values")
    for pk in ids:  # type: ignore[attr-defined]
        if isinstance(pk, bool) or not isinstance(pk, int) or pk < 1:
            raise ValidationError(f"{pk!r} is not the id of a value.")


def _require_list(given: object, what: str) -> None:
    if not isinstance(given, list) or len(given) > MAX_LISTED:
        raise ValidationError(f"List up to {MAX_LISTED} {what}.")
    if len(set(map(str, given))) != len(given):
        raise ValidationError("One is listed twice.")


class Learning(TenantOwned):
    """One per template, made on demand; without one the defaults hold.

    ``state``, ``problem``, ``last_run`` and ``last_run_at`` are written with ``update()``: they are
    no configuration, so they leave no history and reload no web process.
    """

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("template", "last_run")

    template = models.OneToOneField(Template, on_delete=models.CASCADE, related_name="learning")
    is_paused = models.BooleanField(
        "paused", default=False, help_text="What serves now goes on serving, unchanged."
    )
    engine = models.CharField(
        max_length=8, choices=EngineChoice.choices, default=EngineChoice.TAB.value
    )
    goal = models.CharField(max_length=11, choices=GoalChoice.choices, default=GoalChoice.CTR.value)
    objective = models.CharField(
        max_length=5, choices=ObjectiveChoice.choices, default=ObjectiveChoice.EARN.value
    )
    q = models.PositiveSmallIntegerField(
        "combinations at a time",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MAX_Q)],
        help_text="How many serve to a segment at once. Empty: chosen automatically.",
    )
    start_date = models.DateField(null=True, blank=True)
    end_date = models.DateField(
        null=True,
        blank=True,
        help_text="With an end, traffic moves to the best combinations towards it.",
    )
    min_impressions = models.PositiveIntegerField(
        "new impressions", default=5000, validators=[MinValueValidator(1)]
    )
    min_clicks = models.PositiveIntegerField("new clicks", default=30)
    max_age_hours = models.FloatField(
        "or hours since the last run",
        default=6.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(24 * 365)],
    )
    exploration_budget = models.FloatField(
        default=0.15,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of traffic, 0 to 1, that may be shown without regard to what is best.",
    )
    control = models.CharField(
        max_length=MAX_AD_ID_CHARS,
        blank=True,
        help_text="An ad_id. Combinations that are clearly worse than it are dropped.",
    )
    pinned = models.JSONField(default=list, blank=True, validators=[validate_ad_ids])
    banned = models.JSONField(default=list, blank=True, validators=[validate_ad_ids])
    pinned_assets = models.JSONField(default=list, blank=True, validators=[validate_asset_ids])
    banned_assets = models.JSONField(default=list, blank=True, validators=[validate_asset_ids])
    state = models.CharField(
        max_length=7,
        choices=LearningState.choices,
        default=LearningState.WAITING.value,
        editable=False,
    )
    problem = models.TextField(blank=True, editable=False)
    last_run = models.ForeignKey(
        Run, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    last_run_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["state", "problem", "last_run", "last_run_at"])

    class Meta:
        verbose_name_plural = "learning"
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(end_date__isnull=True)
                | Q(end_date__gt=F("start_date")),
                name="learning_ends_after_it_starts",
                violation_error_message="The end must be after the start.",
            ),
            models.CheckConstraint(
                condition=Q(exploration_budget__gte=0, exploration_budget__lte=1),
                name="learning_budget_is_a_share",
                violation_error_message="The exploration budget is a share from 0 to 1.",
            ),
            models.CheckConstraint(
                condition=Q(max_age_hours__gt=0),
                name="learning_age_is_positive",
                violation_error_message="The hours since the last run must be above 0.",
            ),
        ]

    def __str__(self) -> str:
        return f"Learning of {self.template}"

    def clean(self) -> None:
        super().clean()
        if self.control and parse_ad_id(self.control) is None:
            raise ValidationError({"control": f"{self.control!r} is not an ad_id."})
        if both := set(self.pinned) & set(self.banned):
            raise ValidationError(f"{min(both)} is pinned and banned: choose one.")
        if shared := set(self.pinned_assets) & set(self.banned_assets):
            raise ValidationError(f"Value {min(shared)} is pinned and banned: choose one.")
