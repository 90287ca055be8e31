"""Bids, wins, what they cost and were worth, broken down as asked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from adplatform.clients import clickhouse
from rtb.report.ask import DEFAULT_LIMIT, UTC_ZONE, By, Question, report
from rtb.report.figures import Figures, Sums, figures

Field = int | str


class Row(msgspec.Struct, frozen=True):
    """What it is about, by field, and its figures."""

    by: dict[str, Field]
    figures: Figures


class Summary(msgspec.Struct, frozen=True):
    totals: Figures
    rows: list[Row]


def summary(
    tenant_id: int,
    since: datetime,
    until: datetime,
    by: Sequence[By] = (),
    *,
    tz: ZoneInfo = UTC_ZONE,
    limit: int = DEFAULT_LIMIT,
    line_item_id: int | None = None,
    ssp_id: int | None = None,
) -> Summary:
    """A tenant's bidding in a period of whole minutes; test traffic is not in it.

    Of one line item, at one exchange, where they are named.

    Raises:
        ClickHouseUnavailable: try again.
    """
    ask = Question(
        tenant_id, since, until, tuple(by), tz, limit, line_item_id=line_item_id, ssp_id=ssp_id
    )
    (totals,) = _rows(replace(ask, by=()))
    return Summary(totals.figures, _rows(ask) if by else [])


def _rows(ask: Question) -> list[Row]:
    return [_row(ask, *values) for values in clickhouse.query(*report(ask))]


def _row(ask: Question, *values: object) -> Row:
    count = len(ask.by)
    fields = {
        each.field: _field(each, value, ask.tz)
        for each, value in zip(ask.by, values[:count], strict=True)
    }
    sums = Sums(*values[count:])  # type: ignore[arg-type]
    return Row(fields, figures(sums, has_requests=ask.has_requests))


def _field(by: By, value: object, tz: ZoneInfo) -> Field:
    if by is By.HOUR:
        return datetime.fromtimestamp(int(str(value)), UTC).astimezone(tz).isoformat()
    return value if isinstance(value, int) else str(value)
