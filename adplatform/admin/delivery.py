"""Delivery figures for admin pages; when the analytics store is away, none, and that is said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from campaigns.attribution import Model
from reporting.ask import TooMuch
from reporting.defaults import attribution_model
from reporting.query import COUNTS, RATIOS, Dimension, Granularity, Order, ReportQuery
from reporting.report import summary
from reporting.result import Report
from reporting.source import NotKept
from tenants.models import Tenant

AWAY = (
    "Figures are not shown: the analytics store does not answer. Ads keep serving and events are "
    "kept; the figures come back with it."
)
MICROS = 1_000_000
MINUTE = timedelta(minutes=1)
MAX_ROWS = 1_000
FIGURES: Final = (*COUNTS, *RATIOS)
ATTRIBUTED: Final = "attributed_conversions"


@dataclass(frozen=True, slots=True)
class Delivery:
    impressions: int = 0
    clicks: int = 0
    cost_micros: int = 0

    @property
    def ctr(self) -> float | None:
        return self.clicks / self.impressions if self.impressions else None

    @property
    def cost(self) -> float:
        """In units of the account's currency."""
        return self.cost_micros / MICROS


@dataclass(frozen=True, slots=True)
class Period:
    start: datetime
    end: datetime


def today(tenant: Tenant, now: datetime) -> Period:
    """The tenant's current day so far."""
    zone = ZoneInfo(tenant.timezone)
    midnight = datetime.combine(now.astimezone(zone).date(), time.min, zone)
    return Period(midnight, _next_minute(now))


def last_hours(hours: int, now: datetime) -> Period:
    end = _next_minute(now)
    return Period(end - timedelta(hours=hours), end)


def last_days(tenant: Tenant, days: int, now: datetime) -> Period:
    """Whole days of the tenant, today included."""
    current = today(tenant, now)
    return Period(current.start - timedelta(days=days - 1), current.end)


def delivery_by_campaign(
    tenant: Tenant, period: Period, campaign_ids: Iterable[int]
) -> Mapping[int, Delivery] | None:
    """Figures by campaign id; None when the store is away."""
    ids = tuple(campaign_ids)
    report = ask(
        tenant, period, dimensions=(Dimension.CAMPAIGN,), filters={Dimension.CAMPAIGN: ids}
    )
    if report is None:
        return None
    return {int(str(row["campaign_id"])): delivery_of(row) for row in report.rows}


def totals(tenant: Tenant, period: Period) -> Delivery | None:
    report = ask(tenant, period)
    return None if report is None else delivery_of(report.totals)


def ask(
    tenant: Tenant,
    period: Period,
    *,
    dimensions: tuple[Dimension, ...] = (),
    granularity: Granularity = Granularity.NONE,
    filters: Mapping[Dimension, tuple[int | str, ...]] | None = None,
    order: tuple[Order, ...] = (),
    attributed: bool = False,
) -> Report | None:
    """A report of the tenant; None when the store is away, or has too much to read.

    ``attributed``: with the conversions that the tenant's attribution rule credits.
    """
    query = ReportQuery(
        tenant_id=tenant.pk,
        start=period.start,
        end=period.end,
        tz=ZoneInfo(tenant.timezone),
        dimensions=dimensions,
        granularity=granularity,
        filters=filters or {},
        order=order,
        limit=MAX_ROWS,
        metrics=(*FIGURES, ATTRIBUTED) if attributed else FIGURES,
        attribution_model=attribution_model(tenant.pk) if attributed else Model.LAST_TOUCH,
    )
    try:
        return summary(query)
    except (ClickHouseError, EngineNotRunning, NotKept, TooMuch):
        return None


def delivery_of(figures: Mapping[str, object]) -> Delivery:
    names = ("impressions", "clicks", "cost_micros")
    return Delivery(*(int(str(figures[name] or 0)) for name in names))


def _next_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0) + MINUTE
