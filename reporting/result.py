"""What a report answers."""

import msgspec

from reporting.figures import Figures
from reporting.freshness import Freshness

Value = int | float | str | None
Row = dict[str, Value]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the summary answers; ``next_offset`` is None on the last page."""

    tenant_id: int
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    tz: str
    group_by: tuple[str, ...]
    granularity: str
    totals: Figures
    rows: list[Row]
    next_offset: int | None
    freshness: Freshness | None = None


Cell = Value | tuple[float, float] | Figures | None


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The period that a report is compared with."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    totals: Figures
    change: Figures


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the query endpoint answers; ``sources`` are the tables that were read."""

    tenant_id: int
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    timezone: str
    granularity: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    approximate: tuple[str, ...]
    attribution_model: str | None
    rows: list[dict[str, Cell]]
    totals: dict[str, Cell]
    comparison: Compared | None
    next_offset: int | None
    sources: tuple[str, ...]
    freshness: Freshness
