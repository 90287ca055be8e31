"""What a report can measure: each metric from columns that add up; pure.

Public: seed 001 section 8.1 (eCPM and eCPC are revenue in currency units, not cost); MRC, gross and
net of invalid traffic are both reported. docs/reports.md defines each.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from events.tiers import MEASURES
from reporting.attribution.credits import MICROS_PER_CENT, PPM

USERS: Final = "users"
CREDITS: Final = ("click_ppm", "view_ppm", "none_ppm", "credited_micros", "none_micros")
COLUMNS: Final = (*MEASURES, USERS, *CREDITS)  # what the statements add up
CENTS_PER_UNIT: Final = 100
MICROS_PER_UNIT: Final = 1_000_000
MILLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Metric:
    """The sum of ``terms``, over the sum of ``over`` if there are any, times ``times / by``."""

    name: str
    help: str
    terms: tuple[str, ...]
    over: tuple[str, ...] = ()
    times: int = 1
    by: int = 1
    proportion: bool = False  # of the denominator's events: it has a Wilson interval
    sample: tuple[str, ...] = ("impressions",)  # what a ratio needs enough of to be shown

    @property
    def columns(self) -> frozenset[str]:
        """What has to be added up to know the metric, and whether a ratio may be shown."""
        return frozenset((*self.terms, *self.over, *(self.sample if self.over else ())))

    @property
    def is_ratio(self) -> bool:
        return bool(self.over)

    @property
    def is_whole(self) -> bool:
        return not self.over and self.times == self.by == 1


def _gross(name: str, valid: str, what: str) -> Metric:
    return Metric(name, f"{what}, valid or not", (valid, f"invalid_{valid}"))


_ALL: Final = (
    Metric("impressions", "valid impressions", ("impressions",)),
    Metric("viewable", "valid impressions that were viewable (MRC)", ("views",)),
    Metric("clicks", "valid clicks", ("clicks",)),
    Metric("conversions", "valid conversions", ("conversions",)),
    Metric("interactions", "valid interactions", ("interactions",)),
    Metric("revenue_cents", "value of valid conversions, in cents", ("revenue_cents",)),
    Metric("cost_micros", "what valid events cost, in millionths of a unit", ("cost_micros",)),
    Metric("invalid_impressions", "flagged impressions", ("invalid_impressions",)),
    Metric("invalid_views", "flagged viewable impressions", ("invalid_views",)),
    Metric("invalid_clicks", "flagged clicks", ("invalid_clicks",)),
    Metric("invalid_conversions", "flagged conversions", ("invalid_conversions",)),
    _gross("gross_impressions", "impressions", "impressions"),
    _gross("gross_viewable", "views", "viewable impressions"),
    _gross("gross_clicks", "clicks", "clicks"),
    _gross("gross_conversions", "conversions", "conversions"),
    Metric(USERS, "approximate number of users with a valid event and an id", (USERS,)),
    Metric(
        "attributed_conversions",
        "conversions credited to a click or a view by the attribution model",
        ("click_ppm", "view_ppm"),
        by=PPM,
    ),
    Metric("click_conversions", "conversions credited to clicks", ("click_ppm",), by=PPM),
    Metric("view_conversions", "conversions credited to views", ("view_ppm",), by=PPM),
    Metric(
        "unattributed_conversions", "conversions without a touch in time", ("none_ppm",), by=PPM
    ),
    Metric(
        "attributed_revenue_cents",
        "value credited to clicks and views by the attribution model, in cents",
        ("credited_micros",),
        by=MICROS_PER_CENT,
    ),
    Metric(
        "unattributed_revenue_cents",
        "value of conversions without a touch in time, in cents",
        ("none_micros",),
        by=MICROS_PER_CENT,
    ),
    Metric("ctr", "clicks / impressions", ("clicks",), ("impressions",), proportion=True),
    Metric("viewability", "viewable / impressions", ("views",), ("impressions",), proportion=True),
    Metric(
        "conversion_rate", "conversions / clicks", ("conversions",), ("clicks",), proportion=True
    ),
    Metric(
        "ivt_rate",
        "invalid_impressions / gross_impressions",
        ("invalid_impressions",),
        ("impressions", "invalid_impressions"),
        proportion=True,
        sample=("impressions", "invalid_impressions"),
    ),
    Metric(
        "ecpm",
        "revenue in currency units per 1,000 impressions",
        ("revenue_cents",),
        ("impressions",),
        times=MILLE,
        by=CENTS_PER_UNIT,
    ),
    Metric(
        "ecpc",
        "revenue in currency units per click",
        ("revenue_cents",),
        ("clicks",),
        by=CENTS_PER_UNIT,
    ),
    Metric(
        "ecpa",
        "cost in currency units per conversion",
        ("cost_micros",),
        ("conversions",),
        by=MICROS_PER_UNIT,
    ),
)
METRICS: Final = {metric.name: metric for metric in _ALL}
ATTRIBUTED: Final = frozenset(
    name for name, metric in METRICS.items() if metric.columns & frozenset(CREDITS)
)
APPROXIMATE: Final = frozenset({USERS})


def columns_of(metrics: Iterable[str]) -> tuple[str, ...]:
    """The columns that these metrics are made of, in the order of ``COLUMNS``."""
    needed = {column for name in metrics for column in METRICS[name].columns}
    return tuple(column for column in COLUMNS if column in needed)
