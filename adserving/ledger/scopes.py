"""What a bid's money is held against: budgets per day and in all, the account's balance (pure).

A scope is an owner (``c12`` campaign, ``l7`` line item, ``t`` the account) and a period: a date of
the account's time zone, or ``total``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from adplatform.money import Micros
from adserving.snapshot import LineItemConfig, TenantConfig
from adserving.spend import Spend

TOTAL: Final = "total"
DAY_FIELD: Final = "budget_day"  # of a BILLING event's metadata: whose day pays
CAMPAIGN_DAILY_BUDGET: Final = "campaign_daily_budget"
CAMPAIGN_TOTAL_BUDGET: Final = "campaign_total_budget"
LINE_ITEM_DAILY_BUDGET: Final = "line_item_daily_budget"
LINE_ITEM_TOTAL_BUDGET: Final = "line_item_total_budget"
ACCOUNT_BALANCE: Final = "account_balance"
FREQUENCY_CAP: Final = "frequency_cap"


@dataclass(frozen=True, slots=True)
class Scope:
    """``spent + held`` of ``key`` never exceeds ``cap``; ``reason`` is said when it would."""

    key: str
    cap: Micros
    reason: str


def day_of(now: datetime, zone: ZoneInfo) -> str:
    """The account's date, as scopes write it."""
    return day_at(now.astimezone(zone))


def day_at(local_time: datetime) -> str:
    """The date of a time in the account's time zone, as scopes write it."""
    return local_time.date().isoformat()


def scope_keys(campaign_id: int, line_item_id: int, day: str) -> tuple[str, ...]:
    """Everything that a bill is booked under, capped or not: a cap may be set later."""
    return (
        f"c{campaign_id}:{day}",
        f"c{campaign_id}:{TOTAL}",
        f"l{line_item_id}:{day}",
        f"l{line_item_id}:{TOTAL}",
        f"t:{TOTAL}",
    )


def scopes_of(
    item: LineItemConfig, tenant: TenantConfig, spend: Spend, now: datetime
) -> tuple[Scope, ...] | None:
    """The capped scopes of a bid, less what ad tags spent of them; None: that is not known.

    Money fails closed: where a budget is set and ``spend`` is old, the caller refuses.
    """
    found = _scopes(item, tenant, spend, now)
    return found if not found or spend.is_fresh(now) else None


def _scopes(
    item: LineItemConfig, tenant: TenantConfig, spend: Spend, now: datetime
) -> tuple[Scope, ...]:
    campaign, day = item.campaign, day_of(now, tenant.timezone)
    found: list[Scope] = []
    if campaign.daily_budget is not None:
        cap = campaign.daily_budget - _by_tags(
            spend.campaign_today, spend.campaign_today_billed, campaign.id
        )
        found.append(Scope(f"c{campaign.id}:{day}", Micros(cap), CAMPAIGN_DAILY_BUDGET))
    if campaign.total_budget is not None:
        cap = campaign.total_budget - _by_tags(
            spend.campaign_total, spend.campaign_total_billed, campaign.id
        )
        found.append(Scope(f"c{campaign.id}:{TOTAL}", Micros(cap), CAMPAIGN_TOTAL_BUDGET))
    if item.daily_budget is not None:
        cap = item.daily_budget - _by_tags(
            spend.line_item_today, spend.line_item_today_billed, item.id
        )
        found.append(Scope(f"l{item.id}:{day}", Micros(cap), LINE_ITEM_DAILY_BUDGET))
    if item.total_budget is not None:
        cap = item.total_budget - _by_tags(
            spend.line_item_total, spend.line_item_total_billed, item.id
        )
        found.append(Scope(f"l{item.id}:{TOTAL}", Micros(cap), LINE_ITEM_TOTAL_BUDGET))
    if tenant.prepaid is not None:
        cap = tenant.prepaid - _by_tags(spend.tenant_total, spend.tenant_total_billed, tenant.id)
        found.append(Scope(f"t:{TOTAL}", Micros(cap), ACCOUNT_BALANCE))
    return tuple(found)


def _by_tags(spent: Mapping[int, Micros], billed: Mapping[int, Micros], key: int) -> int:
    """What only ClickHouse knows of: what exchanges billed is in the ledger already."""
    return max(0, spent.get(key, 0) - billed.get(key, 0))
