"""[FLOW] The summary: plan what to read, ask ClickHouse, add up, compute ratios."""

from reporting import arrivals, page, reading
from reporting.figures import added, figures
from reporting.measures import columns_of
from reporting.query import ReportQuery
from reporting.result import Report


def summary(query: ReportQuery) -> Report:
    """The report; totals cover all pages.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
        NotKept: rows that it needs have been removed.
        TooMuch: it needs more time or memory than one report may have.
    """
    freshness = arrivals.current(
        query.tenant_id
    )  # first: what arrives meanwhile may be in the report
    read = reading.of(query)
    rows, more = page.fetch(query, read)
    totals = (
        _totals(query, rows) if query.offset == 0 and not more else page.fetch_totals(query, read)
    )
    return Report(
        tenant_id=query.tenant_id,
        start=query.start.astimezone(query.tz).isoformat(),
        end=query.end.astimezone(query.tz).isoformat(),
        tz=query.tz.key,
        group_by=tuple(each.value for each in query.dimensions),
        granularity=query.granularity.value,
        totals=figures(query.metrics, totals),
        rows=[
            {**page.names(query, read, row.key), **figures(query.metrics, row.sums)} for row in rows
        ],
        next_offset=query.offset + query.limit if more else None,
        freshness=freshness,
    )


def _totals(query: ReportQuery, rows: list[page.PageRow]) -> dict[str, int]:
    return added(columns_of(query.counted), (row.sums for row in rows))
