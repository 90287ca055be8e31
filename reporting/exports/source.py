"""The rows of an export, streamed from ClickHouse; the period is that of the asking."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from reporting import body, parse
from reporting.answer import run
from reporting.ask import TooMuch
from reporting.body import QueryBody
from reporting.defaults import defaults
from reporting.exports.csv_lines import Value
from reporting.params import BadParameters
from reporting.query import ReportQuery
from reporting.reading import TooManyBuckets
from reporting.source import NotKept
from tenants.models import Tenant
from tenants.report_access import TenantTime

NOT_HERE: Final = {
    "limit": "an export has all rows: leave it out",
    "offset": "an export has all rows: leave it out",
    "compare": "an export has no comparison: ask for two",
}

Asked = Mapping[str, Any]  # the body of a query as JSON


class Unusable(Exception):
    """The query cannot be run, now or ever; the message says why."""


def read(
    asked: Asked, tenant: Tenant, asked_at: datetime, most: int
) -> tuple[list[str], Iterator[dict[str, Value]]]:
    """The columns, and the rows as they come: at most one more than ``most``.

    Raises:
        Unusable: see there; also while rows are read, like ClickHouseUnavailable and
            ClickHouseRefused.
    """
    try:
        table = run(parsed(asked, tenant, asked_at), most + 1)
    except (BadParameters, NotKept, TooManyBuckets) as exc:
        raise Unusable(str(exc)) from exc
    return list(table.fields), _explained(table.rows)


def parsed(asked: Asked, tenant: Tenant, now: datetime) -> ReportQuery:
    """The query of a body.

    Raises:
        BadParameters: names every field that is wrong.
    """
    if wrong := {name: why for name, why in NOT_HERE.items() if name in asked}:
        raise BadParameters(wrong)
    known = defaults(TenantTime(tenant.pk, tenant.timezone))._replace(now=now)
    return parse.query(body.convert(dict(asked), QueryBody, ""), known)


def _explained(rows: Iterator[dict[str, Value]]) -> Iterator[dict[str, Value]]:
    try:
        yield from rows
    except TooMuch as exc:
        raise Unusable(f"{exc}: narrow the period, or drop a dimension") from exc
