"""What a report is asked for, as values: dimensions, granularity, filters, order; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from reporting.conditions import Condition, Every, Having, Operator, Test, tests_of
from reporting.dimensions import Dimension
from reporting.measures import ATTRIBUTED, METRICS, USERS

__all__ = ["COUNTS", "RATIOS", "Dimension", "Granularity", "Order", "Period", "ReportQuery", "Top"]


class Granularity(StrEnum):
    """The time buckets of a report, in the report's time zone; weeks start on Monday."""

    NONE = "none"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def seconds(self) -> int | None:
        """The width of the narrowest bucket in local time; weeks and months are made of days."""
        return {"none": None, "minute": 60, "hour": 3600}.get(self.value, 86_400)


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
    """One key of the order: ``time``, a row's field, or a metric."""

    key: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Top:
    """The first dimension's ``n`` greatest values by ``metric``; the others are one: other."""

    n: int
    metric: str


@dataclass(frozen=True, slots=True)
class Period:
    """``start`` is included and ``end`` is not; both are whole minutes."""

    start: datetime
    end: datetime


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
    metrics: tuple[str, ...] = (*COUNTS, *RATIOS)
    where: Condition | None = None
    having: tuple[Having, ...] = ()
    top: Top | None = None
    fill: bool = False
    compare: Period | None = None
    min_sample: int = 0  # below so many impressions a ratio is not shown
    attribution_model: str = "last_touch"

    @property
    def group_fields(self) -> tuple[str, ...]:
        """The fields that name a row: its time, then its dimensions."""
        time = () if self.granularity is Granularity.NONE else ("time",)
        return (*time, *(dimension.column for dimension in self.dimensions))

    @property
    def condition(self) -> Condition:
        """What an event must meet to be in the report: every filter, and ``where``."""
        filters = (Test(each, Operator.IN, values) for each, values in self.filters.items())
        return Every((*filters, *(() if self.where is None else (self.where,))))

    @property
    def touched(self) -> frozenset[Dimension]:
        """The dimensions that the report shows or looks at."""
        return frozenset((*self.dimensions, *(t.dimension for t in tests_of(self.condition))))

    @property
    def counted(self) -> frozenset[str]:
        """The metrics that the report shows, orders by or looks at."""
        looked_at = {having.metric for having in self.having}
        ordered = {order.key for order in self.order if order.key in METRICS}
        by = {self.top.metric} if self.top else set()
        return frozenset({*self.metrics, *looked_at, *ordered, *by})

    @property
    def needs_raw(self) -> bool:
        """Whether a dimension or metric is not in the tiers."""
        return USERS in self.counted or any(each.is_raw_only for each in self.touched)

    @property
    def needs_events(self) -> bool:
        """Whether anything but credited conversions is counted."""
        return bool(self.counted - ATTRIBUTED) or not self.counted

    @property
    def unit(self) -> int | None:
        """The width of the narrowest local bucket that rows must not straddle, in seconds."""
        units = [self.granularity.seconds, *(each.unit for each in self.touched)]
        return min((unit for unit in units if unit is not None), default=None)
