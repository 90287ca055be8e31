"""What the reports say of what was chosen."""

from dataclasses import dataclass
from typing import Final

from adplatform.admin.bidding.chosen import Chosen
from events import topics
from reporting import arrivals
from reporting.freshness import Freshness
from rtb.report import overall, summary
from rtb.report.ask import By
from rtb.report.figures import Figures
from rtb.report.funnel import Overall
from rtb.report.summary import Row, Summary

MAX_LINES: Final = 100


@dataclass(frozen=True, slots=True)
class Found:
    """Figures of all that was chosen, by line item and by exchange, and why there was no bid."""

    totals: Figures
    line_items: list[Row]
    exchanges: list[Row]
    why: Overall
    fresh: Freshness

    @property
    def requests(self) -> int:
        return sum(each.requests for each in self.why.requests)

    @property
    def has_bids(self) -> bool:
        """Wins and bills of bids of before the period count as well."""
        return bool(self.totals.bids or self.totals.wins or self.totals.billings)


def find(chosen: Chosen) -> Found:
    """Raises ClickHouseUnavailable: try again."""
    fresh = arrivals.of_topic(topics.bids().topic)  # first: what arrives meanwhile may be in it
    by_line_item, by_exchange = (_by(each, chosen) for each in (By.LINE_ITEM, By.SSP))
    tenant, period = chosen.tenant, chosen.period
    why = overall(tenant.pk, chosen.line_item_id, period.start, period.end, ssp_id=chosen.ssp_id)
    return Found(by_exchange.totals, by_line_item.rows, by_exchange.rows, why, fresh)


def _by(by: By, chosen: Chosen) -> Summary:
    return summary(
        chosen.tenant.pk,
        chosen.period.start,
        chosen.period.end,
        [by],
        limit=MAX_LINES,
        line_item_id=chosen.line_item_id,
        ssp_id=chosen.ssp_id,
    )
