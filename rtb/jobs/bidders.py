"""Who bids: the line items of every account that take part in auctions, with their budgets."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from adplatform.money import Micros, from_cents
from campaigns.models import CampaignStatus, LineItem, LineItemStatus, PacingMode


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of a line item or a campaign."""

    daily: Micros | None
    total: Micros | None

    @property
    def are_set(self) -> bool:
        return self.daily is not None or self.total is not None


@dataclass(frozen=True, slots=True)
class Bidder:
    """One line item that bids."""

    id: int
    campaign_id: int
    cpm: Micros
    is_paced: bool
    limits: Limits
    campaign: Limits
    start_at: datetime
    end_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A tenant with line items that bid."""

    id: int
    timezone: ZoneInfo
    bidders: tuple[Bidder, ...]


FIELDS = (
    "pk",
    "tenant_id",
    "tenant__timezone",
    "campaign_id",
    "bid_cents",
    "pacing_mode",
    "daily_budget_cents",
    "total_budget_cents",
    "campaign__daily_budget_cents",
    "campaign__total_budget_cents",
    "campaign__start_at",
    "campaign__end_at",
)


def accounts(now: datetime) -> list[Account]:
    """Those with line items that bid, of campaigns that have not ended."""
    rows = LineItem.across_tenants.filter(
        tenant__is_active=True,
        bid_strategy__is_active=True,
        status=LineItemStatus.ACTIVE,
        campaign__status=CampaignStatus.ACTIVE,
        campaign__end_at__gt=now,
    )
    found: defaultdict[tuple[int, str], list[Bidder]] = defaultdict(list)
    for row in rows.order_by("tenant_id", "pk").values(*FIELDS):
        found[row["tenant_id"], row["tenant__timezone"]].append(_bidder(row))
    return [Account(pk, ZoneInfo(zone), tuple(items)) for (pk, zone), items in found.items()]


def _bidder(row: dict[str, Any]) -> Bidder:
    return Bidder(
        id=row["pk"],
        campaign_id=row["campaign_id"],
        cpm=from_cents(row["bid_cents"]),
        is_paced=row["pacing_mode"] == PacingMode.STANDARD,
        limits=_limits(row["daily_budget_cents"], row["total_budget_cents"]),
        campaign=_limits(row["campaign__daily_budget_cents"], row["campaign__total_budget_cents"]),
        start_at=row["campaign__start_at"],
        end_at=row["campaign__end_at"],
    )


def _limits(daily: int | None, total: int | None) -> Limits:
    return Limits(
        None if daily is None else from_cents(daily), None if total is None else from_cents(total)
    )
