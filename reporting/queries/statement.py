"""SQL with its parameters; pure."""

from typing import NamedTuple

Params = dict[str, object]


class Statement(NamedTuple):
    """SQL with its parameters."""

    sql: str
    params: Params


def sql_name(field: str) -> str:
    """An alias that no column has: sum(clicks) AS clicks would shadow the column."""
    return f"out_{field}"
