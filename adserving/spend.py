"""What campaigns, line items and accounts have spent, as the hot doors see it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adplatform.money import Micros

NEVER = datetime.min.replace(tzinfo=UTC)
MAX_AGE = timedelta(seconds=60)  # older figures are not trusted with money

Amounts = Mapping[int, Micros]


@dataclass(frozen=True, slots=True)
class Spend:
    """Micros spent today (the tenant's day) and in all, by id; ``read_at`` is when they were read.

    ``…_billed`` is the part of it that exchanges billed, which the bidder's own ledger counts too.
    """

    read_at: datetime = NEVER
    campaign_today: Amounts = field(default_factory=dict)
    campaign_total: Amounts = field(default_factory=dict)
    line_item_today: Amounts = field(default_factory=dict)
    line_item_total: Amounts = field(default_factory=dict)
    tenant_total: Amounts = field(default_factory=dict)
    campaign_today_billed: Amounts = field(default_factory=dict)
    campaign_total_billed: Amounts = field(default_factory=dict)
    line_item_today_billed: Amounts = field(default_factory=dict)
    line_item_total_billed: Amounts = field(default_factory=dict)
    tenant_total_billed: Amounts = field(default_factory=dict)

    def is_fresh(self, now: datetime) -> bool:
        return now - self.read_at <= MAX_AGE
