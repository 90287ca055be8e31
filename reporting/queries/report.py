"""The statements of a report: its rows, its totals, its greatest values; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reporting.measures import METRICS, columns_of
from reporting.queries import filters
from reporting.queries.arms import added_up
from reporting.queries.keyed import OTHER, Reading, group_names, keyed, values
from reporting.queries.statement import Params, Statement, sql_name
from reporting.query import Granularity, Order, ReportQuery, Top

Key = Sequence[int | str]


def rows(query: ReportQuery, reading: Reading) -> Statement:
    """The report's rows, one more than its limit: that one says that there is a next page.

    Columns: time (a bucket's key), whether it is the others, the dimensions, and the sums in the
    order of ``columns_of``.
    """
    found = everything(query, reading, query.limit + 1)
    return Statement(f"{found.sql} OFFSET %(offset)s", found.params | {"offset": query.offset})


def everything(query: ReportQuery, reading: Reading, most: int | None = None) -> Statement:
    """The same rows from the first on: all of them, or at most so many."""
    columns = columns_of(query.counted)
    groups = group_names(query, reading)
    conditions = filters.having(query.having, query.min_sample)
    if not query.fill:
        conditions.append(f"({_something(columns)})")
    sql = _selected(query, reading, columns)
    sql += f" HAVING {' AND '.join(conditions)}" if conditions else ""
    sql += f" ORDER BY {', '.join(_order(query, reading))}" if groups else ""
    sql += "" if most is None else " LIMIT %(limit)s"
    named = values(query, reading) | filters.having_parameters(query.having)
    return Statement(sql, named | ({} if most is None else {"limit": most}))


def totals(query: ReportQuery, reading: Reading) -> Statement:
    """One row: the sums over everything that the query's filters let through."""
    whole = replace(query, dimensions=(), granularity=Granularity.NONE, top=None)
    plain = replace(reading, top=None)
    columns = columns_of(query.counted)
    return Statement(_selected(whole, plain, columns), values(query, plain))


def same_rows(query: ReportQuery, reading: Reading, keys: Iterable[Key]) -> Statement:
    """The rows with these keys (the values of the grouping columns), in any order."""
    groups = group_names(query, reading)
    columns = columns_of(query.counted)
    wanted: Params = {"keys": tuple(key[0] if len(groups) == 1 else tuple(key) for key in keys)}
    named = groups[0] if len(groups) == 1 else f"({', '.join(groups)})"
    sql = _selected(query, reading, columns, f" WHERE {named} IN %(keys)s")
    return Statement(sql, values(query, reading) | wanted)


def top_values(query: ReportQuery, reading: Reading, top: Top) -> Statement:
    """The first dimension's greatest values."""
    first = query.dimensions[0]
    alone = replace(query, dimensions=(first,), granularity=Granularity.NONE, fill=False)
    columns = columns_of((top.metric,))
    name = sql_name(first.column)
    order = _order_key(Order(top.metric, descending=True), query.min_sample)
    sums = _selected(alone, reading, columns)
    limited = f"HAVING {_something(columns)} ORDER BY {order}, {name} ASC LIMIT %(n)s"
    sql = f"SELECT {name} FROM ({sums} {limited})"
    return Statement(sql, values(alone, reading) | {"n": top.n})


def _selected(query: ReportQuery, reading: Reading, columns: Sequence[str], where: str = "") -> str:
    groups = group_names(query, reading)
    sums = [f"{added_up(name)} AS {sql_name(name)}" for name in columns]
    grouped = f" GROUP BY {', '.join(groups)}" if groups else ""
    source = keyed(query, reading, columns)
    return f"SELECT {', '.join([*groups, *sums])} FROM ({source}){where}{grouped}"


def _something(columns: Sequence[str]) -> str:
    """Groups of which nothing is counted have no row, whichever table they come from."""
    return " OR ".join(f"{sql_name(name)} != 0" for name in columns)


def _order(query: ReportQuery, reading: Reading) -> list[str]:
    """The order asked for, then the row's own fields, so that pages never overlap."""
    orders = _once([*query.order, *(Order(field) for field in query.group_fields)])
    keys = [_order_key(order, query.min_sample) for order in orders]
    if reading.top is not None:  # the others come last
        keys.insert(1 if orders[0].key == "time" else 0, f"{sql_name(OTHER)} ASC")
    return keys


def _once(orders: Iterable[Order]) -> list[Order]:
    first: dict[str, Order] = {}
    for order in orders:
        first.setdefault(order.key, order)
    return list(first.values())


def _order_key(order: Order, min_sample: int) -> str:
    direction = "DESC" if order.descending else "ASC"
    if order.key in METRICS:
        nulls = " NULLS LAST" if METRICS[order.key].is_ratio else ""
        return f"{filters.metric(order.key, min_sample)} {direction}{nulls}"
    return f"{sql_name(order.key)} {direction}"
