"""The tiers that count events, raw -> minute -> 15 minutes -> day: names and SQL (pure).

The numbered files of ``events/schema`` hold the same text: tests/events/test_tiers.py.
"""

from dataclasses import dataclass
from typing import Final

RAW: Final = "ad_events_raw"
BILLED: Final = "rtb_spend_15m"  # what exchanges billed; its own view of the raw rows
DIMENSIONS: Final = (
    "tenant_id",
    "campaign_id",
    "placement_id",
    "line_item_id",
    "creative_id",
    "template_id",
    "segment_id",
    "ad_id",
)
VALID: Final = "invalid_reason = ''"
INVALID: Final = "invalid_reason != ''"
FROM_RAW: Final = {
    "impressions": f"countIf(event_type = 'IMPRESSION' AND {VALID})",
    "views": f"countIf(event_type = 'VIEW' AND {VALID})",
    "clicks": f"countIf(event_type = 'CLICK' AND {VALID})",
    "conversions": f"countIf(event_type = 'CONVERSION' AND {VALID})",
    "interactions": f"countIf(event_type = 'INTERACTION' AND {VALID})",
    "invalid_impressions": f"countIf(event_type = 'IMPRESSION' AND {INVALID})",
    "invalid_views": f"countIf(event_type = 'VIEW' AND {INVALID})",
    "invalid_clicks": f"countIf(event_type = 'CLICK' AND {INVALID})",
    "invalid_conversions": f"countIf(event_type = 'CONVERSION' AND {INVALID})",
    "revenue_cents": f"sumIf(value_cents, event_type = 'CONVERSION' AND {VALID})",
    "cost_micros": f"sumIf(cost_micros, {VALID})",
}
MEASURES: Final = tuple(FROM_RAW)


@dataclass(frozen=True, slots=True)
class Tier:
    """One table of counts; always read with ``sum() ... GROUP BY``, its parts merge later."""

    table: str
    bucket: str  # the column that names the time bucket, in UTC
    seconds: int  # the width of a bucket
    raw_bucket: str  # the bucket of a raw row
    finer: "Tier | None" = None  # the tier that its view reads; None: raw itself
    finer_bucket: str = ""  # the bucket of a row of that tier

    @property
    def view(self) -> str:
        """The materialised view that feeds it."""
        return self.table.replace("_agg", "_mv")


MINUTE: Final = Tier(
    "ad_events_minute_agg", "minute", 60, "toStartOfMinute(toDateTime(event_time, 'UTC'))"
)
QUARTER: Final = Tier(
    "ad_events_15m_agg",
    "quarter",
    900,
    "toStartOfFifteenMinutes(toDateTime(event_time, 'UTC'))",
    MINUTE,
    "toStartOfFifteenMinutes(minute)",
)
DAY: Final = Tier(
    "ad_events_day_agg",
    "day",
    86_400,
    "toDate(event_time, 'UTC')",
    QUARTER,
    "toDate(quarter, 'UTC')",
)
TIERS: Final = (MINUTE, QUARTER, DAY)  # the finest first


def select_from_raw(tier: Tier, where: str = "1", *, source: str = f"{RAW} FINAL") -> str:
    """The SELECT that computes a tier's rows from raw rows; ``where`` limits the raw rows."""
    measures = ",\n    ".join(f"{expression} AS {name}" for name, expression in FROM_RAW.items())
    return _select(tier, tier.raw_bucket, measures, source, f"\nWHERE is_test = 0 AND ({where})")


def select_from_finer(tier: Tier) -> str:
    """The SELECT of the view that feeds a tier from the finer one."""
    if tier.finer is None:
        raise ValueError(f"{tier.table} is fed by {RAW}: use select_from_raw")
    measures = ",\n    ".join(f"sum({name}) AS {name}" for name in MEASURES)
    return _select(tier, tier.finer_bucket, measures, tier.finer.table, "")


def _select(tier: Tier, bucket: str, measures: str, source: str, where: str) -> str:
    dimensions = ", ".join(DIMENSIONS)
    return (
        f"SELECT\n    {bucket} AS {tier.bucket},\n    {dimensions},\n    {measures}\n"
        f"FROM {source}{where}\nGROUP BY {tier.bucket}, {dimensions}"
    )
