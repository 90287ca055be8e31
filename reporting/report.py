"""[FLOW] One report: ask ClickHouse, add up, compute ratios."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adplatform.clients import clickhouse
from reporting import queries
from reporting.figures import counts, summed, with_ratios
from reporting.query import ReportQuery
from reporting.result import Report, Row


def summary(query: ReportQuery) -> Report:
    """The report; totals cover all pages.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    found = _ask(queries.rows(query))
    page, more = found[: query.limit], len(found) > query.limit
    whole = query.offset == 0 and not more
    width = len(query.group_fields)
    counted = [counts(values[width:]) for values in page]
    total = summed(counted) if whole else counts(_ask(queries.totals(query))[0])
    return Report(
        tenant_id=query.tenant_id,
        start=query.start.astimezone(query.tz).isoformat(),
        end=query.end.astimezone(query.tz).isoformat(),
        tz=query.tz.key,
        group_by=tuple(each.value for each in query.dimensions),
        granularity=query.granularity.value,
        totals=with_ratios(total),
        rows=[
            {**_names(query, values), **with_ratios(count)}
            for values, count in zip(page, counted, strict=True)
        ],
        next_offset=query.offset + query.limit if more else None,
    )


def _ask(statement: queries.Statement) -> list[tuple[Any, ...]]:
    return clickhouse.query(statement.sql, statement.params)


def _names(query: ReportQuery, values: Sequence[Any]) -> Row:
    """The fields that say what a row is about; time as ISO 8601 in the report's time zone."""
    names: Row = dict(zip(query.group_fields, values, strict=False))
    if "time" in names:
        moment = datetime.fromtimestamp(int(str(names["time"])), query.tz)
        names["time"] = moment.isoformat()
    return names
