"""Reading spend: today in the tenant's time zone from the minutes, in all from the days.

Minutes expire; days stay as long as a campaign lives. What exchanges billed is read first: it is
part of the rest, which must not seem smaller than it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from adplatform.clients import clickhouse
from adplatform.money import Micros
from adserving.snapshot import LineItemConfig, Snapshot
from adserving.spend import Spend

SCOPE: Final = "tenant_id IN %(tenants)s AND campaign_id IN %(campaigns)s"
GROUPS: Final = "GROUP BY campaign_id, line_item_id"
BILLED: Final = (
    "SELECT campaign_id, line_item_id, sum(cost_micros), sumIf(cost_micros, quarter >= %(since)s) "
    f"FROM rtb_spend_15m WHERE {SCOPE} {GROUPS}"
)
TOTALS: Final = (
    "SELECT campaign_id, line_item_id, sum(cost_micros) FROM ad_events_day_agg "
    f"WHERE {SCOPE} {GROUPS}"
)
TODAY: Final = (
    "SELECT campaign_id, line_item_id, sum(cost_micros) FROM ad_events_minute_agg "
    f"WHERE {SCOPE} AND minute >= %(since)s {GROUPS}"
)
ACCOUNTS: Final = (
    "SELECT tenant_id, sum(cost_micros) FROM {table} WHERE tenant_id IN %(tenants)s "
    "GROUP BY tenant_id"
)


@dataclass(slots=True)
class _Sums:
    """Micros by campaign and by line item."""

    campaigns: Counter[int] = field(default_factory=Counter)
    line_items: Counter[int] = field(default_factory=Counter)

    def add(self, campaign_id: object, line_item_id: object, micros: object) -> None:
        self.campaigns[_int(campaign_id)] += _int(micros)
        self.line_items[_int(line_item_id)] += _int(micros)


def read(snapshot: Snapshot, now: datetime) -> Spend:
    """Spend of what has a budget: campaigns, those whose line items have one, and accounts."""
    billed, billed_today, total, today = _Sums(), _Sums(), _Sums(), _Sums()
    accounts = tuple(
        tenant.id for tenant in snapshot.tenants.values() if tenant.prepaid is not None
    )
    accounts_billed = _of_accounts("rtb_spend_15m", accounts)
    for zone, (tenant_ids, campaign_ids) in _budgeted(snapshot).items():
        since = start_of_day(now, zone)
        scope = {"tenants": tuple(tenant_ids), "campaigns": tuple(campaign_ids), "since": since}
        for campaign_id, line_item_id, ever, micros in clickhouse.query(BILLED, scope):
            billed.add(campaign_id, line_item_id, ever)
            billed_today.add(campaign_id, line_item_id, micros)
        for sums, question in ((total, TOTALS), (today, TODAY)):
            for row in clickhouse.query(question, scope):
                sums.add(*row)
    return Spend(
        read_at=now,
        campaign_today=_micros(today.campaigns),
        campaign_total=_micros(total.campaigns),
        line_item_today=_micros(today.line_items),
        line_item_total=_micros(total.line_items),
        tenant_total=_of_accounts("ad_events_day_agg", accounts),
        campaign_today_billed=_micros(billed_today.campaigns),
        campaign_total_billed=_micros(billed.campaigns),
        line_item_today_billed=_micros(billed_today.line_items),
        line_item_total_billed=_micros(billed.line_items),
        tenant_total_billed=accounts_billed,
    )


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the zone's current day, in UTC."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def _budgeted(snapshot: Snapshot) -> dict[ZoneInfo, tuple[set[int], set[int]]]:
    """Tenants and campaigns that need their spend known, by time zone."""
    wanted: defaultdict[ZoneInfo, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    capped = {item.campaign.id for item in snapshot.line_items.values() if _has_budget(item)}
    for campaign in snapshot.campaigns.values():
        tenant = snapshot.tenants.get(campaign.tenant_id)
        has_budget = campaign.daily_budget or campaign.total_budget or campaign.id in capped
        if tenant and has_budget:
            tenants, campaigns = wanted[tenant.timezone]
            tenants.add(tenant.id)
            campaigns.add(campaign.id)
    return wanted


def _has_budget(item: LineItemConfig) -> bool:
    return bool(item.daily_budget or item.total_budget)


def _of_accounts(table: str, tenant_ids: tuple[int, ...]) -> dict[int, Micros]:
    if not tenant_ids:
        return {}
    rows = clickhouse.query(ACCOUNTS.format(table=table), {"tenants": tenant_ids})
    return {_int(tenant_id): Micros(_int(micros)) for tenant_id, micros in rows}


def _micros(sums: Mapping[int, int]) -> dict[int, Micros]:
    return {key: Micros(amount) for key, amount in sums.items()}


def _int(value: object) -> int:
    return int(value)  # type: ignore[call-overload,no-any-return]
