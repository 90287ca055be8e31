"""Exchanges (SSPs) that send us bid requests, and the deals agreed with publishers there."""

import re
from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from campaigns.models import LineItem
from rtb.ssp import NoBidStyle
from tenants.models import TenantOwned

SELLER: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+(/\S+)?")
NO_BID_STYLES: Final = [
    (NoBidStyle.NO_CONTENT.value, "Status 204 without a body (most exchanges)"),
    (NoBidStyle.EMPTY.value, "An empty JSON object"),
    (NoBidStyle.SEATBID.value, "The request's id with an empty seatbid"),
    (NoBidStyle.NBR.value, "The same, with the reason (nbr)"),
]


def validate_seller(text: str) -> None:
    if not SELLER.fullmatch(text):
        raise ValidationError(
            "%(text)r is not a system such as seller.example or a seller there, seller.example/123",
            params={"text": text},
        )


class Ssp(TenantOwned):
    """An exchange; ``key`` is in the URL to which it sends bid requests."""

    key = models.CharField(
        max_length=50,
        unique=True,
        validators=[RegexValidator(r"^[a-z0-9-]+$", "Use lower-case letters, digits, dashes.")],
        error_messages={"unique": "This key is taken: choose another, such as one with your name."},
        help_text="Part of the address that the exchange calls, for example acme-openx.",
    )
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True, help_text="An inactive one gets no bids.")
    seat = models.CharField(
        max_length=64,
        blank=True,
        help_text="Your buyer seat there. Empty where the exchange gave you none.",
    )
    currency = models.CharField(
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{3}$", "Use a three-letter ISO 4217 code such as USD.")],
        help_text="In which bids are made there. Empty: the first that each request allows.",
    )
    no_bid_style = models.CharField(
        "answer without a bid",
        max_length=8,
        choices=NO_BID_STYLES,
        default=NoBidStyle.NO_CONTENT.value,
    )
    qps_limit = models.PositiveIntegerField(
        "requests per second",
        default=0,
        help_text="What was agreed; more are answered without a bid. 0: no limit.",
    )
    timeout_ms = models.PositiveIntegerField(
        "answer within (ms)",
        default=120,
        validators=[MinValueValidator(10), MaxValueValidator(10_000)],
        help_text="For requests that do not say how long the exchange waits.",
    )
    network_ms = models.PositiveIntegerField(
        "time on the network (ms)",
        default=20,
        validators=[MaxValueValidator(5_000)],
        help_text="How long a request and its answer travel together.",
    )
    gzip_response = models.BooleanField(
        "compress answers",
        default=True,
        help_text="Where the exchange's request says that it reads gzip.",
    )
    blocked_sellers = ArrayField(
        models.CharField(max_length=253, validators=[validate_seller]),
        default=list,
        blank=True,
        help_text="Nothing is bought through these, wherever they are in the supply chain: "
        "seller.example, or one seller of it, seller.example/123.",
    )
    complete_chain = models.BooleanField(
        "complete supply chain only",
        default=False,
        help_text="Bid only where the request names every seller up to the publisher.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = "SSP"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[a-z0-9-]+$"), name="ssp_key_is_a_slug"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: object = None) -> None:
        """System domains are compared in lower case; a seller's id is kept as it is."""
        self.blocked_sellers = list(dict.fromkeys(map(_seller, self.blocked_sellers or [])))
        super().clean_fields(exclude=exclude)  # type: ignore[arg-type]


def _seller(text: str) -> str:
    system, slash, seller = text.strip().partition("/")
    return f"{system.lower()}{slash}{seller}"


class Deal(TenantOwned):
    """A price agreed with a publisher, by the id that the exchange sends."""

    TENANT_PARENTS: ClassVar[tuple[str, ...]] = ("ssp",)

    ssp = models.ForeignKey(Ssp, on_delete=models.CASCADE, related_name="deals", verbose_name="SSP")
    deal_id = models.CharField(
        "deal id", max_length=255, help_text="Exactly as the exchange wrote it."
    )
    name = models.CharField(max_length=200)
    price_cents = models.PositiveBigIntegerField(
        "price",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="CPM in cents, in the account's currency. Empty: the floor in each request.",
    )
    is_active = models.BooleanField(default=True)
    line_items = models.ManyToManyField(
        LineItem,
        blank=True,
        related_name="deals",
        help_text="These may buy through it.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["ssp", "deal_id"],
                name="deal_once_per_ssp",
                violation_error_message="This SSP has a deal with this id already.",
            ),
            models.CheckConstraint(
                condition=models.Q(price_cents__isnull=True) | models.Q(price_cents__gt=0),
                name="deal_price_is_positive",
                violation_error_message="The price must be above 0, or empty.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.deal_id})"

    def clean(self) -> None:
        super().clean()
        self.deal_id = self.deal_id.strip()
