"""What ClickHouse knows of an account's bidding, as the jobs ask for it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from adplatform.clients import clickhouse
from adserving.spend_reader import BILLED, TODAY, TOTALS
from rtb.plan import LEARN_DAYS, Requests
from rtb.rates import Counts

MARKET_TIME: Final = timedelta(hours=2)  # what an impression costs lately

REQUESTS: Final = """
SELECT line_item_id, campaign_id, toStartOfFifteenMinutes(minute) AS quarter, sum(count)
FROM rtb_minute_agg
WHERE tenant_id = %(tenant)s AND kind = 'ELIGIBLE' AND is_test = 0
  AND minute >= %(since)s AND minute < %(until)s
GROUP BY line_item_id, campaign_id, quarter
"""
MARKET: Final = """
SELECT line_item_id, campaign_id,
       sumIf(price_micros, kind = 'BID'), sumIf(price_micros, kind = 'LOSS'),
       sumIf(paid_micros, kind = 'BILLING'), sumIf(count, kind = 'BILLING')
FROM rtb_minute_agg
WHERE tenant_id = %(tenant)s AND kind IN ('BID', 'LOSS', 'BILLING') AND is_test = 0
  AND minute >= %(since)s
GROUP BY line_item_id, campaign_id
"""
COUNTS: Final = """
SELECT line_item_id, segment_id, sum(impressions), sum(clicks), sum(conversions)
FROM ad_events_day_agg
WHERE tenant_id = %(tenant)s AND day >= %(since)s AND line_item_id != 0
GROUP BY line_item_id, segment_id
"""


@dataclass(slots=True)
class Market:
    """Prices of bids as they were sent, lost and paid: CPM micros, each times its bids."""

    bid: int = 0
    lost: int = 0
    paid: int = 0
    billings: int = 0

    @property
    def impression(self) -> float:
        """Micros that one impression cost; 0 when none was billed."""
        return self.paid / self.billings / 1000 if self.billings else 0.0

    @property
    def held_share(self) -> float:
        """Of what bids still hold, what is paid in the end; all of it while nothing is known."""
        waiting = max(self.bid - self.lost, self.paid)
        return max(self.paid / waiting, 0.02) if self.paid else 1.0


@dataclass(slots=True)
class Spent:
    """Micros by owner (c12, l7): today by every way, today by exchanges, and in all."""

    today: Counter[str] = field(default_factory=Counter)
    billed_today: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)

    def by_tags(self, owner: str) -> int:
        """Today, on the account's own pages."""
        return max(0, self.today[owner] - self.billed_today[owner])

    def before_today(self, owner: str) -> int:
        return max(0, self.total[owner] - self.today[owner])


def requests(tenant_id: int, until: datetime) -> dict[str, Requests]:
    """Eligible requests by owner and quarter hour, of the seven days before."""
    scope = {"tenant": tenant_id, "since": until - timedelta(days=LEARN_DAYS), "until": until}
    found: defaultdict[str, Counter[datetime]] = defaultdict(Counter)
    for line_item_id, campaign_id, quarter, count in clickhouse.query(REQUESTS, scope):
        at = quarter.replace(tzinfo=UTC)
        for owner in _owners(line_item_id, campaign_id):
            found[owner][at] += int(count)
    return dict(found)


def market(tenant_id: int, now: datetime) -> Mapping[str, Market]:
    """By owner, of the last two hours."""
    found: defaultdict[str, Market] = defaultdict(Market)
    scope = {"tenant": tenant_id, "since": now - MARKET_TIME}
    for line_item_id, campaign_id, bid, lost, paid, billings in clickhouse.query(MARKET, scope):
        for owner in _owners(line_item_id, campaign_id):
            known = found[owner]
            known.bid += int(bid)
            known.lost += int(lost)
            known.paid += int(paid)
            known.billings += int(billings)
    return found


def spent(tenant_id: int, campaign_ids: Sequence[int], since: datetime) -> Spent:
    """Since the account's midnight; bills of exchanges come first: they are part of the rest."""
    scope = {"tenants": (tenant_id,), "campaigns": tuple(campaign_ids), "since": since}
    found = Spent()
    for campaign_id, line_item_id, _, today in clickhouse.query(BILLED, scope):
        _add(found.billed_today, campaign_id, line_item_id, today)
    for sums, question in ((found.today, TODAY), (found.total, TOTALS)):
        for campaign_id, line_item_id, micros in clickhouse.query(question, scope):
            _add(sums, campaign_id, line_item_id, micros)
    return found


def counts(tenant_id: int, since: datetime) -> dict[tuple[int, int], Counts]:
    """By line item and segment (0: none)."""
    scope = {"tenant": tenant_id, "since": since.date()}
    return {
        (int(line_item_id), int(segment_id)): Counts(*(int(each) for each in numbers))
        for line_item_id, segment_id, *numbers in clickhouse.query(COUNTS, scope)
    }


def _owners(line_item_id: object, campaign_id: object) -> Iterator[str]:
    yield f"l{line_item_id}"
    yield f"c{campaign_id}"


def _add(sums: Counter[str], campaign_id: object, line_item_id: object, micros: object) -> None:
    for owner in _owners(line_item_id, campaign_id):
        sums[owner] += int(micros)  # type: ignore[call-overload]
