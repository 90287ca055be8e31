"""Run: one retraining of a template, with what went in and what came out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from campaigns.models import Template
from tenants.models import TenantOwned


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Nothing new"


class RunTrigger(models.TextChoices):
    FIRST = "first", "First batch"
    THRESHOLD = "threshold", "Enough new impressions and clicks"
    AGE = "age", "Oldest batch allowed"
    MANUAL = "manual", "By hand"
    COMMAND = "command", "From the command line"


class Run(TenantOwned):
    """At most one run of a template is running; the batches it made refer to it.

    The JSON fields hold, by name: ``inputs`` impressions, clicks, conversions, rows, rounds,
    discount and ignored; ``hypers`` the model's hyper-parameters; ``effects`` a list of
    {"asset", "segment", "mean", "low", "high"} in log-odds; ``pairs`` of {"assets": [2], "mean",
    "low", "high"}; ``predicted`` uniform_rate, best_rate and, by segment id ("0" is everyone
    else), "segments": {"rate", "low", "high", "arms", "uniform": {"mean", "low", "high"}};
    ``seconds`` the time of each step.
    """

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("template",)

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.RUNNING.value)
    trigger = models.CharField(max_length=9, choices=RunTrigger.choices)
    engine = models.CharField(max_length=8)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    counts_digest = models.CharField(max_length=64, blank=True)
    inputs = models.JSONField(default=dict, blank=True)
    hypers = models.JSONField(default=dict, blank=True)
    effects = models.JSONField(default=list, blank=True)
    pairs = models.JSONField(default=list, blank=True)
    predicted = models.JSONField(default=dict, blank=True)
    seconds = models.JSONField(default=dict, blank=True)
    seed = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True)
    detail = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["template", "-started_at"], name="run_by_template")]
        constraints = [
            models.UniqueConstraint(
                fields=["template"],
                condition=Q(state="running"),
                name="run_one_running",
                violation_error_message="A run of this template is running.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template}, run {self.pk}"
