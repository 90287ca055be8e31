"""Placement: a slot in a page or app that can show an ad."""

import re

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from tenants.models import TenantOwned

DOMAIN = re.compile(r"^(https?://)?(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]{1,5})?$")


def validate_domain(domain: str) -> None:
    if not DOMAIN.fullmatch(domain):
        raise ValidationError(
            "%(domain)r is not a host such as shop.example, *.shop.example or https://shop.example",
            params={"domain": domain},
        )


class Placement(TenantOwned):
    """An ad slot; ``key`` is what a client asks for."""

    key = models.CharField(
        max_length=100,
        validators=[
            RegexValidator(r"^[A-Za-z0-9_.-]+$", "Use letters, digits, dots, dashes, underscores.")
        ],
        help_text="What the page or app sends, for example visualizer_native_1.",
    )
    name = models.CharField(max_length=200)
    width = models.PositiveIntegerField(help_text="In CSS pixels.")
    height = models.PositiveIntegerField(help_text="In CSS pixels.")
    allowed_domains = ArrayField(
        models.CharField(max_length=253, validators=[validate_domain]),
        default=list,
        blank=True,
        help_text="Sites that may embed ads here, comma separated. Empty: any site.",
    )
    is_active = models.BooleanField(default=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["key"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="placement_key_once_per_tenant",
                violation_error_message="This account has a placement with this key already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"
