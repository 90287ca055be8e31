"""The rows of an export, streamed from ClickHouse; the same body means the same rows each time."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from adplatform.clients import clickhouse
from reporting import params, queries
from reporting.exports.csv_lines import Value
from reporting.figures import counts, with_ratios
from reporting.query import COUNTS, RATIOS, ReportQuery
from tenants.models import Tenant

BLOCK_ROWS: Final = 8192  # of one answer of ClickHouse: what is in memory at once
MAX_SECONDS: Final = 540  # of the statement; shorter than EXPORTS_STALE_SECONDS
PAGING: Final = ("limit", "offset")

Body = Mapping[str, Any]


class Unusable(Exception):
    """The query is not one that this version can run."""


def read(
    body: Body, tenant: Tenant, asked_at: datetime, most: int
) -> tuple[list[str], Iterator[dict[str, Value]]]:
    """The columns, and the rows as they come: at most one more than ``most``.

    Raises:
        Unusable: see there. While reading: ClickHouseUnavailable, ClickHouseRefused.
    """
    try:
        query = replace(parsed(body, tenant, asked_at), limit=most)
    except params.BadParameters as exc:
        raise Unusable(str(exc)) from exc
    return [*query.group_fields, *COUNTS, *RATIOS], _rows(query)


def parsed(body: Body, tenant: Tenant, now: datetime) -> ReportQuery:
    """The query of a body.

    Raises:
        params.BadParameters: names every field that is wrong.
    """
    paging = {name: "an export has all rows: leave it out" for name in PAGING if name in body}
    if paging:
        raise params.BadParameters(paging)
    fields = {name: _texts(value) for name, value in body.items()}
    return params.parse(fields, tenant_id=tenant.pk, default_tz=tenant.timezone, now=now)


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _rows(query: ReportQuery) -> Iterator[dict[str, Value]]:
    statement = queries.rows(query)
    limits = {"max_block_size": BLOCK_ROWS, "max_execution_time": MAX_SECONDS}
    width = len(query.group_fields)
    for values in clickhouse.iterate(statement.sql, statement.params, settings=limits):
        row: dict[str, Value] = dict(zip(query.group_fields, values, strict=False))
        if "time" in row:
            row["time"] = datetime.fromtimestamp(int(str(row["time"])), query.tz).isoformat()
        yield {**row, **with_ratios(counts(values[width:]))}
