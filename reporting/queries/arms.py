"""What the tables give: rows with the same columns, one SELECT per table; pure.

A row has ``at`` (Unix seconds), the dimensions that are needed, and the columns to be added up, 0
where the table does not know them. Every SELECT has its own tenant filter.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from events.tiers import DAY, MEASURES, MINUTE, QUARTER, RAW, Tier
from reporting.attribution.credits import attributed
from reporting.dimensions import Dimension
from reporting.measures import CREDITS, USERS
from reporting.queries import clock, filters
from reporting.queries.statement import Params
from reporting.query import ReportQuery
from reporting.source import Span, corrections
from reporting.zones import Segment

TENANT: Final = "tenant_id = %(tenant_id)s"
VALID: Final = "invalid_reason = ''"
_TYPES: Final = {
    "impressions": "IMPRESSION",
    "views": "VIEW",
    "clicks": "CLICK",
    "conversions": "CONVERSION",
    "interactions": "INTERACTION",
}
_OF_RAW: Final = {
    **{name: f"event_type = '{kind}' AND {VALID}" for name, kind in _TYPES.items()},
    **{
        f"invalid_{name}": f"event_type = '{kind}' AND NOT ({VALID})"
        for name, kind in _TYPES.items()
    },
    "revenue_cents": f"if(event_type = 'CONVERSION' AND {VALID}, value_cents, 0)",
    "cost_micros": f"if({VALID}, cost_micros, 0)",
    USERS: f"if({VALID}, user_id, '')",
}
_OF_CREDITS: Final = {
    "click_ppm": "if(kind = 'click', credit_ppm, 0)",
    "view_ppm": "if(kind = 'view', credit_ppm, 0)",
    "none_ppm": "if(kind = 'none', credit_ppm, 0)",
    "credited_micros": "if(kind != 'none', credit_micros, 0)",
    "none_micros": "if(kind = 'none', credit_micros, 0)",
}


def arms(
    query: ReportQuery,
    spans: Sequence[Span],
    columns: Sequence[str],
    found: Sequence[Segment],
) -> str:
    """The SELECTs of one report, with UNION ALL between them."""
    plain = [span for span in spans if not span.offset]
    tiers = dict.fromkeys(span.tier for span in plain)
    selects = [_events(query, tier, spans, columns, found) for tier in tiers]
    for number, span in enumerate(spans):
        if span.offset:
            selects.append(_shifted(query, number, span, columns, found))
    if set(columns) & set(CREDITS):
        selects.append(_credits(query, columns, found))
    return " UNION ALL ".join(selects)


def _events(
    query: ReportQuery,
    tier: Tier | None,
    spans: Sequence[Span],
    columns: Sequence[str],
    found: Sequence[Segment],
) -> str:
    at, ranges = _at(tier), _ranges(tier, spans)
    known = _OF_RAW if tier is None else {name: name for name in MEASURES}
    table = f"{RAW} FINAL" if tier is None else tier.table
    extra = "is_test = 0 AND " if tier is None else ""
    return (
        f"SELECT {_list(at, query, columns, known)} FROM {table} "
        f"WHERE {TENANT} AND {extra}{ranges} AND ({_condition(query, at, found)})"
    )


def _shifted(
    query: ReportQuery,
    number: int,
    span: Span,
    columns: Sequence[str],
    found: Sequence[Segment],
) -> str:
    """UTC days in the place of local ones, or the 15-minute rows that correct them."""
    natural = _at(span.tier)
    if span.tier is DAY:
        at, known = f"(toInt64({natural}) - {span.offset})", {name: name for name in MEASURES}
        source, where = span.tier.table, _range(DAY, number)
    else:
        at = f"(toInt64({natural}) - if(sign < 0, {span.offset}, 0))"
        known = {name: f"sign * toInt64({name})" for name in MEASURES}
        source, where = f"{QUARTER.table} ARRAY JOIN [1, -1] AS sign", _corrected(span, natural)
    return (
        f"SELECT {_list(at, query, columns, known)} FROM {source} "
        f"WHERE {TENANT} AND {where} AND ({_condition(query, at, found)})"
    )


def _corrected(span: Span, at: str) -> str:
    """The rows of both signs; the first condition lets the primary key skip the rest."""
    low, high, less, more, length = corrections(span)
    first, end = min(less, more), max(less, more) + length
    return (
        f"quarter >= toDateTime({first}, 'UTC') AND quarter < toDateTime({end}, 'UTC') "
        f"AND {at} %% {DAY.seconds} >= {low} AND {at} %% {DAY.seconds} < {high} "
        f"AND {at} >= if(sign < 0, {less}, {more}) "
        f"AND {at} < if(sign < 0, {less}, {more}) + {length}"
    )


def _at(tier: Tier | None) -> str:
    if tier is None:
        return "toUnixTimestamp(event_time)"
    if tier is DAY:
        return "toUnixTimestamp(toDateTime(day, 'UTC'))"
    return f"toUnixTimestamp({tier.bucket})"


def _ranges(tier: Tier | None, spans: Sequence[Span]) -> str:
    found = [
        _range(tier, number)
        for number, span in enumerate(spans)
        if span.tier is tier and not span.offset
    ]
    return found[0] if len(found) == 1 else f"({' OR '.join(f'({each})' for each in found)})"


def _range(tier: Tier | None, number: int) -> str:
    start, end = (f"toDateTime(%({name}_{number})s, 'UTC')" for name in ("from", "to"))
    if tier is None:  # the date prunes the partitions
        days = f"event_date >= toDate({start}) AND event_date <= toDate({end})"
        return f"{days} AND event_time >= {start} AND event_time < {end}"
    if tier is DAY:
        start, end = f"toDate({start})", f"toDate({end})"
    return f"{tier.bucket} >= {start} AND {tier.bucket} < {end}"


def _credits(query: ReportQuery, columns: Sequence[str], found: Sequence[Segment]) -> str:
    """A conversion's credits, each in the place of its touch, at the time of the conversion."""
    at = _at(MINUTE)
    credited = attributed(MINUTE, f"({_condition(query, at, found)})")
    return f"SELECT {_list(at, query, columns, _OF_CREDITS)} FROM {credited}"


def _list(at: str, query: ReportQuery, columns: Sequence[str], known: dict[str, str]) -> str:
    texts = [f"{at} AS at", *(each.column for each in _columns(query))]
    for name in columns:
        empty = "''" if name == USERS else "0"
        value = known.get(name, empty)
        texts.append(f"{value if name == USERS else f'toInt64({value})'} AS {_given(name)}")
    return ", ".join(texts)


def _given(name: str) -> str:
    """The name of a column in the rows; not the table's own, which the conditions mean."""
    return f"in_{name}"


def _columns(query: ReportQuery) -> Iterable[Dimension]:
    """The dimensions that are columns, in the order of the enum."""
    return [each for each in Dimension if each in query.touched and each.unit is None]


def _condition(query: ReportQuery, at: str, found: Sequence[Segment]) -> str:
    def column(dimension: Dimension) -> str:
        return dimension.column if dimension.unit is None else clock.part(dimension, found, at)

    return filters.where(query.condition, column)


def parameters(query: ReportQuery, spans: Sequence[Span]) -> Params:
    """The values that the arms name."""
    bounds: Params = {"tenant_id": query.tenant_id, "attribution_model": query.attribution_model}
    bounds |= {"start": int(query.start.timestamp()), "end": int(query.end.timestamp())}
    for number, span in enumerate(spans):
        bounds |= {f"from_{number}": span.start, f"to_{number}": span.end}
    return bounds | filters.parameters(query.condition)


def added_up(name: str) -> str:
    """The aggregate of a column of the arms."""
    if name == USERS:
        return f"uniqCombined64If({_given(name)}, {_given(name)} != '')"
    return f"sum({_given(name)})"


def passed_on(columns: Sequence[str]) -> list[str]:
    """The columns to be added up, by name."""
    return [_given(name) for name in columns]


def nothing(columns: Sequence[str]) -> list[str]:
    """The same columns of a row that counts nothing."""
    return [f"{chr(39) * 2 if name == USERS else 0} AS {_given(name)}" for name in columns]
