"""Tenant (the seed's customer), its members with their roles, and its API keys."""

import uuid
import zoneinfo
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from tenants.roles import ROLE_CHOICES, Role
from tenants.scopes import SCOPE_CHOICES
from tenants.scoping import TenantManager


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones() or name in {"Factory", "localtime"}:
        raise ValidationError(
            "%(name)r is not an IANA time zone; write for example America/Toronto",
            params={"name": name},
        )


def validate_event_retention(days: int) -> None:
    """A tenant may keep events for less time than the platform, not for more."""
    most = getattr(settings, "EVENTS_RAW_DAYS", None)
    if most is not None and days > most:
        raise ValidationError(
            "%(days)d is more than the %(most)d days for which this platform keeps events; choose "
            "%(most)d or less, or leave it empty",
            params={"days": days, "most": most},
        )


class Tenant(models.Model):
    """An advertiser's account; everything belongs to exactly one."""

    TENANT_FIELD = "pk"

    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True, help_text="Short name, for example acme-interiors.")
    timezone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_timezone],
        help_text="Days, budgets and dayparts follow this time zone.",
    )
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Use a three-letter ISO 4217 code such as USD.")],
    )
    prepaid_cents = models.PositiveBigIntegerField(
        "prepaid balance",
        null=True,
        blank=True,
        help_text=(
            "In cents, all that was ever paid in. What is spent on exchanges never exceeds it. "
            "Empty: no such limit."
        ),
    )
    is_active = models.BooleanField(default=True, help_text="An inactive tenant serves nothing.")
    event_retention_days = models.PositiveSmallIntegerField(
        "days to keep single events",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), validate_event_retention],
        help_text=(
            "Single events are deleted after so many days; sums in reports stay. Empty: as long as "
            "the platform keeps them."
        ),
    )
    user_id_hashing = models.BooleanField(
        "hash user ids",
        default=False,
        help_text=(
            "Store only a keyed hash of user and session ids. Events that are already stored keep "
            "theirs."
        ),
    )
    user_salt_days = models.PositiveSmallIntegerField(
        "days between new salts",
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text=(
            "After so many days hashes start anew with another salt. Attribution cannot link a "
            "user across that change, and frequency caps start again."
        ),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Membership", related_name="tenants"
    )

    history = HistoricalRecords()
    across_tenants = models.Manager()
    objects = TenantManager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantOwned(models.Model):
    """Base of every row that belongs to a tenant; carries the tenant itself, not only by a path.

    ``TENANT_PARENTS`` names the foreign keys whose rows must belong to the same tenant. The
    database enforces the same with composite foreign keys (see the ``same_tenant`` migrations).
    """

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ()

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    across_tenants = models.Manager()
    objects = TenantManager()

    class Meta:
        abstract = True

    def clean(self) -> None:
        super().clean()
        for name in self.TENANT_PARENTS:
            parent = getattr(self, name, None) if getattr(self, f"{name}_id", None) else None
            if parent is None:
                continue
            if not self.tenant_id:
                self.tenant_id = parent.tenant_id
            elif parent.tenant_id != self.tenant_id:
                raise ValidationError({name: "Choose one that belongs to the same account."})


class Membership(TenantOwned):
    """A user's role in a tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default=Role.ANALYST)

    history = HistoricalRecords()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user"],
                name="membership_once",
                violation_error_message="This user is already a member of this account.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant} as {self.role}"


class ApiKey(TenantOwned):
    """A key of a tenant's system; only its SHA-256 is kept, the key itself is shown once."""

    name = models.CharField(max_length=100, help_text="Where the key is used, for example iOS app.")
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=SCOPE_CHOICES))
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = HistoricalRecords(excluded_fields=["hash"])

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class UserSalt(TenantOwned):
    """The secret under which user ids are hashed from ``valid_from`` on, until the next one.

    Random, never derived: once the row is gone nobody can compute its hashes again.
    """

    valid_from = models.DateTimeField()
    secret = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "valid_from"], name="user_salt_once")
        ]

    def __str__(self) -> str:
        return f"Salt from {self.valid_from:%Y-%m-%d}"


class ForgetState(models.TextChoices):
    """How far the deletion of a user has come; each step may be repeated after a crash."""

    OPEN = "open", "Open: rows may be left, run forget_user again"
    MARKING = "marking", "Marking the user's rows"
    SUBTRACTING = "subtracting", "Subtracting them from the sums"
    DELETING = "deleting", "Deleting them"
    DONE = "done", "Done"


class ForgetRequest(TenantOwned):
    """The deletion of one user's data: who asked, when, how far it is and what was removed.

    The user's id itself is not kept, only a keyed hash that finds an unfinished request again.
    """

    user_hash = models.CharField(max_length=64, editable=False)
    requested_by = models.CharField(max_length=150, editable=False)
    requested_at = models.DateTimeField(editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    state = models.CharField(max_length=12, choices=ForgetState, default=ForgetState.OPEN)
    run = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    attempt = models.PositiveIntegerField(default=0, editable=False)
    events = models.PositiveBigIntegerField(default=0, editable=False)
    credits = models.PositiveBigIntegerField("conversion credits", default=0, editable=False)
    counters = models.PositiveBigIntegerField("counters in Redis", default=0, editable=False)

    class Meta:
        ordering = ["-requested_at"]
        verbose_name = "deletion of a user"
        verbose_name_plural = "deletions of users"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "user_hash"],
                condition=~models.Q(state=ForgetState.DONE),
                name="forget_request_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"Deletion of a user, {self.requested_at:%Y-%m-%d}"

    @property
    def mark(self) -> str:
        """What stands in the user's rows in place of the id while they are being removed."""
        return f"{self.marks}{self.attempt}"

    @property
    def marks(self) -> str:
        """What the marks of all attempts begin with."""
        return f"forget:{self.run}."
