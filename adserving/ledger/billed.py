"""What ClickHouse knows of the bills from before a moment: sums by scope, and the holds they ended.

Sums in all come from the quarters of an hour, and from the raw events of the quarter that the
moment lies in. Sums by day come from the raw events of the last days, whose BILLING events say
whose day paid: not always that on which the bill came.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final

from adplatform.clients import clickhouse
from adserving.ledger.scopes import DAY_FIELD, TOTAL
from adserving.ledger.settle import EPOCH

DAYS: Final = timedelta(days=2)  # a bid before midnight holds against a day that is over now
QUARTER: Final = timedelta(minutes=15)

QUARTERS: Final = """
SELECT campaign_id, line_item_id, sum(cost_micros) FROM rtb_spend_15m
WHERE tenant_id = %(tenant)s AND quarter < %(quarter)s GROUP BY campaign_id, line_item_id
"""
BILLS: Final = """
FROM ad_events_raw FINAL
WHERE tenant_id = %(tenant)s AND event_type = 'BILLING' AND invalid_reason = '' AND is_test = 0
  AND event_time >= fromUnixTimestamp64Milli(%(first)s, 'UTC')
  AND event_time < fromUnixTimestamp64Milli(%(since)s, 'UTC')
"""
LATEST: Final = f"SELECT campaign_id, line_item_id, sum(cost_micros) {BILLS} GROUP BY 1, 2"
BY_DAY: Final = f"""
SELECT campaign_id, line_item_id, JSONExtractString(metadata_json, '{DAY_FIELD}') AS said,
       if(said = '', toString(toDate(event_time, %(zone)s)), said) AS day, sum(cost_micros)
{BILLS} GROUP BY campaign_id, line_item_id, said, day
"""
SETTLED: Final = f"""
SELECT auction_id, toUnixTimestamp64Milli(min(event_time)) {BILLS} AND auction_id != ''
GROUP BY auction_id
"""


def sums(tenant_id: int, since_ms: int, zone: str) -> dict[str, int]:
    """Micros billed before ``since_ms``, by scope; days that are long over are left out.

    Raises:
        ClickHouseUnavailable: it cannot be said now.
    """
    since = EPOCH + timedelta(milliseconds=since_ms)
    quarter = EPOCH + (since - EPOCH) // QUARTER * QUARTER
    found: defaultdict[str, int] = defaultdict(int)
    scope = {"tenant": tenant_id, "since": since_ms, "zone": zone}
    in_all = [
        *clickhouse.query(QUARTERS, {**scope, "quarter": quarter}),
        *clickhouse.query(LATEST, {**scope, "first": _ms(quarter)}),
    ]
    for campaign_id, line_item_id, micros in in_all:
        for owner in (f"c{campaign_id}", f"l{line_item_id}", "t"):
            found[f"{owner}:{TOTAL}"] += int(micros)
    for campaign_id, line_item_id, _, day, micros in clickhouse.query(
        BY_DAY, {**scope, "first": _ms(since - DAYS)}
    ):
        for owner in (f"c{campaign_id}", f"l{line_item_id}"):
            found[f"{owner}:{day}"] += int(micros)
    return dict(found)


def settled(tenant_id: int, since_ms: int, keep_seconds: int) -> list[tuple[str, int]]:
    """Hold ids that were billed within the last ``keep_seconds`` before it, and when, in ms.

    Raises:
        ClickHouseUnavailable: it cannot be said now.
    """
    scope = {"tenant": tenant_id, "since": since_ms, "first": since_ms - 1000 * keep_seconds}
    return [(hold_id, int(at)) for hold_id, at in clickhouse.query(SETTLED, scope)]


def _ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)
