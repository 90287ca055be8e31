"""The rows of a report as ClickHouse gives them: keys and sums."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reporting import ask, buckets, queries
from reporting.figures import sums
from reporting.measures import columns_of
from reporting.query import Granularity, ReportQuery
from reporting.result import Value

OTHER = "other"


class PageRow(NamedTuple):
    """One row: the values of its grouping columns, and its sums by column."""

    key: tuple[Any, ...]
    sums: dict[str, int]


def fetch(query: ReportQuery, reading: queries.Reading) -> tuple[list[PageRow], bool]:
    """The rows of the page, and whether more follow; raises as ``ask.rows`` does."""
    found = ask.rows(queries.rows(query, reading), query.tenant_id, "rows")
    page = [_row(query, reading, values) for values in found[: query.limit]]
    return page, len(found) > query.limit


def fetch_same(
    query: ReportQuery, reading: queries.Reading, keys: Sequence[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The sums of the rows that have these keys; raises as ``ask.rows`` does."""
    if not keys:
        return {}
    found = ask.rows(queries.same_rows(query, reading, keys), query.tenant_id, "comparison")
    return dict(_row(query, reading, values) for values in found)


def fetch_totals(query: ReportQuery, reading: queries.Reading) -> dict[str, int]:
    """The sums of everything the filters let through; raises as ``ask.rows`` does."""
    (values,) = ask.rows(queries.totals(query, reading), query.tenant_id, "totals")
    return sums(columns_of(query.counted), values)


def stream(
    query: ReportQuery, reading: queries.Reading, most: int | None = None
) -> Iterator[PageRow]:
    """Every row, or the first ``most``, as they come; raises as ``ask.stream`` does."""
    statement = queries.everything(query, reading, most)
    for values in ask.stream(statement, query.tenant_id, "stream"):
        yield _row(query, reading, values)


def _row(query: ReportQuery, reading: queries.Reading, values: Sequence[Any]) -> PageRow:
    width = len(query.group_fields) + (reading.top is not None)
    return PageRow(tuple(values[:width]), sums(columns_of(query.counted), values[width:]))


def names(query: ReportQuery, reading: queries.Reading, key: Sequence[Any]) -> dict[str, Value]:
    """The fields that say what a row is about; time as ISO 8601 in the report's time zone."""
    values = list(key)
    has_time = query.granularity is not Granularity.NONE
    if has_time:
        values[0] = buckets.label(query.granularity, query.tz, int(values[0])).isoformat()
    if reading.top is not None:
        stands_for_others = values.pop(int(has_time))
        values[int(has_time)] = OTHER if stands_for_others else values[int(has_time)]
    return dict(zip(query.group_fields, values, strict=True))
