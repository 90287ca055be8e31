"""What a report is asked for, as values: dimensions, granularity, filters, order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo


class Dimension(StrEnum):
    """What a report can be broken down by; the value is the name in ``group_by``."""

    CAMPAIGN = "campaign"
    PLACEMENT = "placement"
    LINE_ITEM = "line_item"
    CREATIVE = "creative"
    TEMPLATE = "template"
    SEGMENT = "segment"
    AD = "ad_id"

    @property
    def column(self) -> str:
        """The column of the aggregate, and the field of a row."""
        return self.value if self is Dimension.AD else f"{self.value}_id"


class Granularity(StrEnum):
    """The time buckets of a report, in the report's time zone; weeks start on Monday."""

    NONE = "none"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


COUNTS: Final = (
    "impressions",
    "viewable",
    "clicks",
    "conversions",
    "interactions",
    "invalid_impressions",
    "invalid_clicks",
    "revenue_cents",
    "cost_micros",
)
RATIOS: Final = ("ctr", "conversion_rate", "viewability", "ecpm", "ecpc")


@dataclass(frozen=True, slots=True)
class Order:
    """One key of the order: ``time``, a row's field, a count or a ratio."""

    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """One report of one tenant; ``start`` is included and ``end`` is not, both whole minutes."""

    tenant_id: int
    start: datetime
    end: datetime
    tz: ZoneInfo
    dimensions: tuple[Dimension, ...] = ()
    granularity: Granularity = Granularity.NONE
    filters: Mapping[Dimension, tuple[int | str, ...]] = field(default_factory=dict)
    order: tuple[Order, ...] = ()
    limit: int = 1000
    offset: int = 0

    @property
    def group_fields(self) -> tuple[str, ...]:
        """The fields that name a row: its time, then its dimensions."""
        time = () if self.granularity is Granularity.NONE else ("time",)
        return (*time, *(dimension.column for dimension in self.dimensions))
