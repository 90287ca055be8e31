"""What campaigns and line items have spent, as the hot doors see it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adplatform.money import Micros

NEVER = datetime.min.replace(tzinfo=UTC)
MAX_AGE = timedelta(seconds=60)  # older figures are not trusted with money


@dataclass(frozen=True, slots=True)
class Spend:
    """Micros spent today (the tenant's day) and in all; ``read_at`` is when they were read."""

    read_at: datetime = NEVER
    campaign_today: Mapping[int, Micros] = field(default_factory=dict)
    campaign_total: Mapping[int, Micros] = field(default_factory=dict)
    line_item_today: Mapping[int, Micros] = field(default_factory=dict)

    def is_fresh(self, now: datetime) -> bool:
        return now - self.read_at <= MAX_AGE
