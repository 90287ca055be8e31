"""Rows with the key of their bucket and the values of their dimensions; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reporting.dimensions import Dimension
from reporting.queries import clock
from reporting.queries.arms import arms, nothing, parameters, passed_on
from reporting.queries.statement import Params, sql_name
from reporting.query import Granularity, ReportQuery
from reporting.source import Span
from reporting.zones import Segment

OTHER: Final = "other"  # 1 for the row that stands for all values but the top ones


@dataclass(frozen=True, slots=True)
class Reading:
    """What a query reads, and how its time zone counts."""

    spans: tuple[Span, ...]
    stretches: tuple[Segment, ...]
    buckets: tuple[int, ...] = ()  # every bucket of the period, when gaps are to be filled
    top: tuple[int | str, ...] | None = None  # the first dimension's values that have rows


def keyed(query: ReportQuery, reading: Reading, columns: Sequence[str]) -> str:
    """The rows to be added up, and with ``fill`` one empty row for each bucket."""
    found = _found(query, reading, columns)
    if not query.fill or query.granularity is Granularity.NONE:
        return found
    time, rest = sql_name("time"), group_names(query, reading)[1:]
    empty = ["arrayJoin(%(buckets)s) AS filled", *rest, *nothing(columns)]
    groups = f" FROM (SELECT DISTINCT {', '.join(rest)} FROM ({found}))" if rest else ""
    names = ", ".join([f"filled AS {time}", *rest, *passed_on(columns)])
    return f"{found} UNION ALL SELECT {names} FROM (SELECT {', '.join(empty)}{groups})"


def _found(query: ReportQuery, reading: Reading, columns: Sequence[str]) -> str:
    texts = [*_groups(query, reading), *passed_on(columns)]
    source = arms(query, reading.spans, columns, reading.stretches)
    return f"SELECT {', '.join(texts)} FROM ({source})"


def _groups(query: ReportQuery, reading: Reading) -> list[str]:
    texts: list[str] = []
    if query.granularity is not Granularity.NONE:
        texts.append(f"{clock.bucket(query.granularity, reading.stretches)} AS {sql_name('time')}")
    for number, dimension in enumerate(query.dimensions):
        value = value_of(dimension, reading)
        if number == 0 and reading.top is not None:
            none = "''" if dimension.is_text else "0"
            texts.append(f"{value} NOT IN %(top)s AS {sql_name(OTHER)}")
            value = f"if({value} IN %(top)s, {value}, {none})"
        texts.append(f"{value} AS {sql_name(dimension.column)}")
    return texts


def value_of(dimension: Dimension, reading: Reading) -> str:
    if dimension.unit is not None:
        return clock.part(dimension, reading.stretches)
    return dimension.column


def group_names(query: ReportQuery, reading: Reading) -> list[str]:
    """The columns that name a group: time, whether it is the others, and the dimensions."""
    time = [] if query.granularity is Granularity.NONE else ["time"]
    other = [] if reading.top is None else [OTHER]
    fields = [*time, *other, *(each.column for each in query.dimensions)]
    return [sql_name(field) for field in fields]


def values(query: ReportQuery, reading: Reading) -> Params:
    """The parameters of ``keyed``."""
    more: Params = {}
    if query.fill and query.granularity is not Granularity.NONE:
        more["buckets"] = list(reading.buckets)
    if reading.top is not None:
        more["top"] = reading.top or (0 if not query.dimensions[0].is_text else "",)
    return parameters(query, reading.spans) | more
