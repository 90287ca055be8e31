"""Reading spend: today in the tenant's time zone from the minutes, in all from the days.

Minutes expire; days stay as long as a campaign lives.
"""

from collections import defaultdict
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from adplatform.clients import clickhouse
from adplatform.money import Micros
from adserving.snapshot import Snapshot
from adserving.spend import Spend

TOTALS = """
SELECT campaign_id, sum(cost_micros) FROM ad_events_day_agg
WHERE tenant_id IN %(tenants)s AND campaign_id IN %(campaigns)s GROUP BY campaign_id
"""
TODAY = """
SELECT campaign_id, line_item_id, sum(cost_micros) FROM ad_events_minute_agg
WHERE tenant_id IN %(tenants)s AND campaign_id IN %(campaigns)s AND minute >= %(since)s
GROUP BY campaign_id, line_item_id
"""


def read(snapshot: Snapshot, now: datetime) -> Spend:
    """Spend of every campaign that has a budget, or whose line items have one."""
    by_zone = _budgeted(snapshot)
    total: dict[int, Micros] = {}
    campaigns: defaultdict[int, int] = defaultdict(int)
    line_items: dict[int, Micros] = {}
    for zone, (tenant_ids, campaign_ids) in by_zone.items():
        scope = {"tenants": tuple(tenant_ids), "campaigns": tuple(campaign_ids)}
        for campaign_id, micros in clickhouse.query(TOTALS, scope):
            total[_int(campaign_id)] = Micros(_int(micros))
        today = {**scope, "since": start_of_day(now, zone)}
        for campaign_id, line_item_id, micros in clickhouse.query(TODAY, today):
            campaigns[_int(campaign_id)] += _int(micros)
            line_items[_int(line_item_id)] = Micros(_int(micros))
    spent = {campaign_id: Micros(micros) for campaign_id, micros in campaigns.items()}
    return Spend(now, campaign_today=spent, campaign_total=total, line_item_today=line_items)


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the zone's current day, in UTC."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def _budgeted(snapshot: Snapshot) -> dict[ZoneInfo, tuple[set[int], set[int]]]:
    """Tenants and campaigns that need their spend known, by time zone."""
    wanted: defaultdict[ZoneInfo, tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
    capped = {item.campaign.id for item in snapshot.line_items.values() if item.daily_budget}
    for campaign in snapshot.campaigns.values():
        tenant = snapshot.tenants.get(campaign.tenant_id)
        has_budget = campaign.daily_budget or campaign.total_budget or campaign.id in capped
        if tenant and has_budget:
            tenants, campaigns = wanted[tenant.timezone]
            tenants.add(tenant.id)
            campaigns.add(campaign.id)
    return wanted


def _int(value: object) -> int:
    return int(value)  # type: ignore[call-overload,no-any-return]
