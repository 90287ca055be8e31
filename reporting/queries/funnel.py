"""Statements of the funnel: how far each user came; pure. Levels: ClickHouse's windowFunnel."""

from typing import Final

from events.tiers import RAW, VALID
from reporting.funnel_query import FunnelQuery, Step
from reporting.queries import filters
from reporting.queries.arms import TENANT
from reporting.queries.statement import Params, Statement, sql_name

TYPES: Final = {
    Step.IMPRESSION: "IMPRESSION",
    Step.VIEWABLE: "VIEW",
    Step.CLICK: "CLICK",
    Step.CONVERSION: "CONVERSION",
}
MS: Final = 1000


def funnel(query: FunnelQuery) -> Statement:
    """Users by value of the dimension and by the number of steps that they came, from 1 on.

    Columns: the dimension's value (if there is one), the level, the users.
    """
    groups = [] if query.dimension is None else [query.dimension.column]
    steps = ", ".join(f"event_type = '{TYPES[step]}'" for step in query.steps)
    modes = ", 'strict_order'" if query.strict_order else ""
    level = (
        f"windowFunnel(%(window)s{modes})(toUInt64(toUnixTimestamp64Milli(event_time)), {steps})"
    )
    names = "".join(f"{name} AS {sql_name(name)}, " for name in groups)
    outer = "".join(f"{sql_name(name)}, " for name in groups)
    sql = (
        f"SELECT {outer}level, count() FROM ("
        f"SELECT {names}{level} AS level {_from(query)} AND user_id != '' "
        f"GROUP BY {outer}user_id) WHERE level > 0 GROUP BY {outer}level ORDER BY {outer}level"
    )
    return Statement(sql, _parameters(query))


def without_user(query: FunnelQuery) -> Statement:
    """One row: how many events of each step no user is known of."""
    counts = ", ".join(f"countIf(event_type = '{TYPES[step]}')" for step in query.steps)
    return Statement(f"SELECT {counts} {_from(query)} AND user_id = ''", _parameters(query))


def _from(query: FunnelQuery) -> str:
    types = ", ".join(f"'{TYPES[step]}'" for step in query.steps)
    start, end = (f"toDateTime(%({name})s, 'UTC')" for name in ("start", "end"))
    return (
        f"FROM {RAW} FINAL WHERE {TENANT} AND is_test = 0 AND {VALID} "
        f"AND event_date >= toDate({start}) AND event_date <= toDate({end}) "
        f"AND event_time >= {start} AND event_time < {end} AND event_type IN ({types}) "
        f"AND ({filters.where(query.where, lambda dimension: dimension.column)})"
    )


def _parameters(query: FunnelQuery) -> Params:
    bounds: Params = {
        "tenant_id": query.tenant_id,
        "start": int(query.start.timestamp()),
        "end": int(query.end.timestamp()),
        "window": query.window_seconds * MS,
    }
    return bounds | filters.parameters(query.where)
