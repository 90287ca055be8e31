"""An account's policies as code, and the record of what policies decided."""

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from rtb.rego.check import Checked, checked
from rtb.rego.vet import version_of
from tenants.models import TenantOwned

DIGEST_CHARS: Final = 32
DENY: Final = "deny"
ALLOW: Final = "allow"


class Policy(TenantOwned):
    """What none of the account's ads may do on exchanges, written in Rego.

    ``version`` is that of the source that was last tried and passed: a source that came into the
    database past ``clean`` has another one, and denies everything.
    """

    name = models.CharField(
        max_length=60,
        validators=[RegexValidator(r"^[\w .-]+$", "Use letters, digits, spaces, dots and dashes.")],
        help_text="What a denial is called, for example no-night-bids.",
    )
    description = models.CharField(max_length=300, blank=True)
    source = models.TextField(help_text="Rego, package guardrails; saved only if its tests pass.")
    is_active = models.BooleanField(
        "applies", default=True, help_text="Off: it is kept, and denies nothing."
    )
    version = models.CharField(max_length=12, editable=False, default="")
    checks = models.JSONField(editable=False, default=list)  # its tests' results when saved
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="policy_name_once",
                violation_error_message="There is a policy of this name already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_tried(self) -> bool:
        return self.version == version_of(self.source)

    def clean(self) -> None:
        """Runs the policy's own tests in a child process, whenever the source is new."""
        super().clean()
        self.source = self.source.replace("\r\n", "\n")
        if self.is_tried:
            return
        found = checked(self.source)
        if found.problem:
            raise ValidationError({"source": found.problem})
        self.checks = [_as_json(test) for test in found.tests]
        self.version = version_of(self.source)


def _as_json(test: Checked) -> dict[str, object]:
    return {"name": test.name, "passed": test.passed}


class PolicyDecision(TenantOwned):
    """When a policy began, or ceased, to deny an ad; rows are written and never changed.

    Ads are named by number, so that the record outlives them.
    """

    line_item_id = models.PositiveBigIntegerField(editable=False)
    creative_id = models.PositiveBigIntegerField(editable=False)
    policy = models.CharField(max_length=80, editable=False)
    version = models.CharField(max_length=12, editable=False)
    decision = models.CharField(
        max_length=5, choices=[(DENY, "Denied"), (ALLOW, "Allowed again")], editable=False
    )
    messages = models.JSONField(default=list, editable=False)
    input_digest = models.CharField(max_length=DIGEST_CHARS, editable=False)
    decided_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["-decided_at", "-id"]
        indexes = [
            models.Index(
                fields=["tenant", "line_item_id", "creative_id", "policy", "-id"],
                name="policy_decision_latest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.get_decision_display().lower()} creative {self.creative_id}"
