"""What a report answers."""

import msgspec

from reporting.figures import Figures

Row = dict[str, int | float | str | None]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the API answers; ``next_offset`` is None on the last page."""

    tenant_id: int
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    tz: str
    group_by: tuple[str, ...]
    granularity: str
    totals: Figures
    rows: list[Row]
    next_offset: int | None
