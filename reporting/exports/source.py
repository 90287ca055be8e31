"""The rows of an export, streamed from ClickHouse; the same body means the same rows each time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from reporting import params
from reporting.answer import run
from reporting.exports.csv_lines import Value
from reporting.query import ReportQuery
from tenants.models import Tenant

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
        query = parsed(body, tenant, asked_at)
    except params.BadParameters as exc:
        raise Unusable(str(exc)) from exc
    table = run(query, most + 1)
    return list(table.fields), table.rows


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
