"""The one place that builds SQL for reports: every statement is bound to one tenant.

Identifiers come from our enums; every value is a parameter.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from reporting.query import Dimension, Granularity, Order, ReportQuery

SUMS: Final = {
    "impressions": "impressions",
    "viewable": "views",
    "clicks": "clicks",
    "conversions": "conversions",
    "interactions": "interactions",
    "invalid_impressions": "invalid_impressions",
    "invalid_clicks": "invalid_clicks",
    "revenue_cents": "revenue_cents",
    "cost_micros": "cost_micros",
}
QUOTIENTS: Final = {
    "ctr": ("clicks", "impressions"),
    "conversion_rate": ("conversions", "clicks"),
    "viewability": ("viewable", "impressions"),
    "ecpm": ("revenue_cents", "impressions"),
    "ecpc": ("revenue_cents", "clicks"),
}
BUCKETS: Final = {
    Granularity.MINUTE: "minute",
    Granularity.HOUR: "toStartOfHour(minute, %(tz)s)",
    Granularity.DAY: "toStartOfDay(minute, %(tz)s)",
    Granularity.WEEK: "toDateTime(toMonday(minute, %(tz)s), %(tz)s)",
    Granularity.MONTH: "toDateTime(toStartOfMonth(minute, %(tz)s), %(tz)s)",
}

Params = dict[str, object]


class Statement(NamedTuple):
    """SQL with its parameters."""

    sql: str
    params: Params


def rows(query: ReportQuery) -> Statement:
    """The report's rows, one more than its limit: that one says that there is a next page.

    Columns: the query's ``group_fields`` (time in Unix seconds), then ``COUNTS`` in order.
    """
    groups = ", ".join(_sql_name(field) for field in query.group_fields)
    sql = (
        f"SELECT {', '.join([*_group_columns(query), *_sums()])} FROM ad_events_minute_agg "
        f"WHERE {_where(query)} {f'GROUP BY {groups} ' if groups else ''}HAVING count() > 0 "
        f"{_order_by(query)}LIMIT %(limit)s OFFSET %(offset)s"
    )
    paging: Params = {"limit": query.limit + 1, "offset": query.offset}
    return Statement(sql, _params(query) | paging)


def totals(query: ReportQuery) -> Statement:
    """One row: ``COUNTS`` over everything that the query's filters let through."""
    sql = f"SELECT {', '.join(_sums())} FROM ad_events_minute_agg WHERE {_where(query)}"
    return Statement(sql, _params(query))


def _sums() -> list[str]:
    return [f"sum({column}) AS {_sql_name(name)}" for name, column in SUMS.items()]


def _group_columns(query: ReportQuery) -> list[str]:
    columns = [f"{each.column} AS {_sql_name(each.column)}" for each in query.dimensions]
    if query.granularity is Granularity.NONE:
        return columns
    bucket = BUCKETS[query.granularity]
    return [f"toUnixTimestamp({bucket}) AS {_sql_name('time')}", *columns]


def _where(query: ReportQuery) -> str:
    conditions = [
        "tenant_id = %(tenant_id)s",
        "minute >= toDateTime(%(start)s, 'UTC')",
        "minute < toDateTime(%(end)s, 'UTC')",
        *(f"{each.column} IN %({_parameter(each)})s" for each in query.filters),
    ]
    return " AND ".join(conditions)


def _order_by(query: ReportQuery) -> str:
    """The order asked for, then the row's own fields, so that pages never overlap."""
    fields = query.group_fields
    if not fields:
        return ""
    ties = [Order(field) for field in fields]
    return f"ORDER BY {', '.join(_order_key(order) for order in _once([*query.order, *ties]))} "


def _once(orders: Iterable[Order]) -> list[Order]:
    first: dict[str, Order] = {}
    for order in orders:
        first.setdefault(order.key, order)
    return list(first.values())


def _order_key(order: Order) -> str:
    direction = "DESC" if order.descending else "ASC"
    if order.key in QUOTIENTS:
        above, below = (_sql_name(name) for name in QUOTIENTS[order.key])
        return f"{above} / nullIf({below}, 0) {direction} NULLS LAST"
    return f"{_sql_name(order.key)} {direction}"


def _sql_name(field: str) -> str:
    """An alias that no column has: sum(clicks) AS clicks would shadow the column."""
    return f"out_{field}"


def _parameter(dimension: Dimension) -> str:
    return f"only_{dimension.column}"


def _params(query: ReportQuery) -> Params:
    bounds: Params = {
        "tenant_id": query.tenant_id,
        "start": int(query.start.timestamp()),
        "end": int(query.end.timestamp()),
        "tz": query.tz.key,
    }
    return bounds | {_parameter(each): values for each, values in query.filters.items()}
