"""From the body of a report request to a ``ReportQuery`` or a ``FunnelQuery``; pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from campaigns.attribution import Model
from reporting.body import FunnelBody, HavingBody, PeriodBody, QueryBody
from reporting.conditions import Comparison, Condition, Every, Having, tests_of
from reporting.dimensions import RAW_ONLY, Dimension
from reporting.filter_tree import condition, member
from reporting.funnel_query import FunnelQuery, Step
from reporting.measures import ATTRIBUTED, METRICS
from reporting.params import MAX_LIMIT, MAX_OFFSET, BadParameters
from reporting.period import (
    DEFAULT_PERIOD,
    WORDS,
    BadPeriod,
    bounded,
    minute_down,
    minute_up,
    moment,
    named,
    previous,
    year_before,
    zone,
)
from reporting.query import Granularity, Order, Period, ReportQuery, Top

MAX_DIMENSIONS: Final = 5
MAX_HAVING: Final = 10
MAX_TOP: Final = 1000
MAX_COMPARED: Final = 1000
MAX_SAMPLE: Final = 1_000_000_000
MAX_WINDOW_SECONDS: Final = 90 * 86_400
MAX_FUNNEL_ROWS: Final = 1000
COMPARISONS: Final = {"previous_period": previous, "previous_year": year_before}

Value = TypeVar("Value")


class Defaults(NamedTuple):
    """What a request need not say."""

    tenant_id: int
    timezone: str
    attribution_model: Model
    now: datetime


def query(body: QueryBody, defaults: Defaults) -> ReportQuery:
    """The report that the body asks for.

    Raises:
        BadParameters: names the field that is wrong.
    """
    tz = _zone(body.timezone or defaults.timezone)
    period = _period(body, tz, defaults.now)
    dimensions = _distinct(body.dimensions, Dimension, "dimensions", MAX_DIMENSIONS)
    granularity = member(body.granularity, Granularity, "granularity")
    asked = ReportQuery(
        tenant_id=defaults.tenant_id,
        start=period.start,
        end=period.end,
        tz=tz,
        dimensions=dimensions,
        granularity=granularity,
        metrics=_metrics(body.metrics),
        where=None if body.filters is None else condition(body.filters),
        having=_having(body.having),
        order=_order(body.order_by, dimensions, granularity),
        limit=_whole("limit", body.limit, 1, MAX_LIMIT),
        offset=_whole("offset", body.offset, 0, MAX_OFFSET),
        fill=body.fill,
        compare=_compare(body, period, tz, defaults.now),
        top=_top(body, dimensions),
        min_sample=_whole("min_sample", body.min_sample, 0, MAX_SAMPLE),
        attribution_model=_model(body.attribution_model, defaults),
    )
    _refuse_together(asked)
    return asked


def funnel(body: FunnelBody, defaults: Defaults) -> FunnelQuery:
    """The funnel that the body asks for; raises as ``query`` does."""
    tz = _zone(body.timezone or defaults.timezone)
    period = _period(body, tz, defaults.now)
    return FunnelQuery(
        tenant_id=defaults.tenant_id,
        start=period.start,
        end=period.end,
        tz=tz,
        steps=_steps(body.steps),
        window_seconds=_whole("window_seconds", body.window_seconds, 1, MAX_WINDOW_SECONDS),
        strict_order=body.strict_order,
        dimension=_funnel_dimension(body.dimension),
        where=_funnel_filters(body.filters),
        min_sample=_whole("min_sample", body.min_sample, 0, MAX_SAMPLE),
        limit=_whole("limit", body.limit, 1, MAX_FUNNEL_ROWS),
    )


def _zone(text: str) -> ZoneInfo:
    return _read("timezone", lambda: zone(text))


def _period(body: QueryBody | FunnelBody | PeriodBody, tz: ZoneInfo, now: datetime) -> Period:
    """``from`` alone may be a word; without bounds the last seven days up to now."""
    word = named(body.start, tz, now) if body.start is not None else None
    if word is not None and body.end is not None:
        raise BadParameters({"to": f"leave it out: {body.start} says when the period ends"})
    if word is None:
        word = _bounds(body, tz, now)
    try:
        return bounded(word.start, word.end)
    except BadPeriod as exc:
        raise BadParameters({exc.field: str(exc)}) from exc


def _bounds(body: QueryBody | FunnelBody | PeriodBody, tz: ZoneInfo, now: datetime) -> Period:
    start, end = body.start, body.end
    until = minute_up(now if end is None else _read("to", lambda: moment(end, tz)))
    if start is None:
        return Period(until - DEFAULT_PERIOD, until)
    if start[:1].isalpha():
        known = f"a date (2026-11-21), an ISO 8601 datetime, {', '.join(WORDS)} or last_N_days"
        raise BadParameters({"from": f"{start[:40]!r} is none of {known}"})
    return Period(minute_down(_read("from", lambda: moment(start, tz))), until)


def _compare(body: QueryBody, period: Period, tz: ZoneInfo, now: datetime) -> Period | None:
    if body.compare is None:
        return None
    if isinstance(body.compare, PeriodBody):
        try:
            return _period(body.compare, tz, now)
        except BadParameters as exc:
            named_below = {f"compare.{name}": text for name, text in exc.errors.items()}
            raise BadParameters(named_below) from exc
    if body.compare not in COMPARISONS:
        allowed = ", ".join(COMPARISONS)
        raise BadParameters({"compare": f'must be {allowed} or {{"from": ..., "to": ...}}'})
    return COMPARISONS[body.compare](period, tz)


def _metrics(words: Sequence[str]) -> tuple[str, ...]:
    if not words:
        raise BadParameters({"metrics": f"name at least one of {', '.join(METRICS)}"})
    for number, word in enumerate(words):
        _metric(word, f"metrics[{number}]")
    return _once(words, "metrics")


def _metric(word: str, path: str) -> str:
    if word not in METRICS:
        raise BadParameters({path: f"{word[:64]!r} is none of {', '.join(METRICS)}"})
    return word


def _distinct(
    words: Sequence[str], enum: type[Dimension], path: str, most: int
) -> tuple[Dimension, ...]:
    if len(words) > most:
        raise BadParameters({path: f"at most {most}"})
    found = [member(word, enum, f"{path}[{number}]") for number, word in enumerate(words)]
    return _once(found, path)


def _once(values: Sequence[Value], path: str) -> tuple[Value, ...]:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise BadParameters({f"{path}[{number}]": f"{value} is given twice"})
    return tuple(values)


def _having(bodies: Sequence[HavingBody]) -> tuple[Having, ...]:
    if len(bodies) > MAX_HAVING:
        raise BadParameters({"having": f"at most {MAX_HAVING}"})
    return tuple(
        Having(
            _metric(body.metric, f"having[{number}].metric"),
            member(body.operator, Comparison, f"having[{number}].operator"),
            body.value,
        )
        for number, body in enumerate(bodies)
    )


def _order(
    words: Sequence[str], dimensions: Sequence[Dimension], granularity: Granularity
) -> tuple[Order, ...]:
    names = {name: each.column for each in dimensions for name in (each.value, each.column)}
    names |= {name: name for name in METRICS}
    if granularity is not Granularity.NONE:
        names["time"] = "time"
    for number, word in enumerate(words):
        if word.removeprefix("-") not in names:
            raise BadParameters(
                {f"order_by[{number}]": f"{word[:64]!r} is none of {', '.join(names)}; "
                 "a leading - means descending"}
            )  # fmt: skip
    orders = [Order(names[word.removeprefix("-")], word.startswith("-")) for word in words]
    _once([order.key for order in orders], "order_by")
    return tuple(orders)


def _top(body: QueryBody, dimensions: Sequence[Dimension]) -> Top | None:
    if body.top_n is None:
        if body.top_by is not None:
            raise BadParameters({"top_n": "say how many, or leave top_by out"})
        return None
    if not dimensions:
        raise BadParameters({"top_n": "needs a dimension: the first one's top values are taken"})
    by = _metric(body.top_by, "top_by") if body.top_by is not None else body.metrics[0]
    return Top(_whole("top_n", body.top_n, 1, MAX_TOP), by)


def _model(word: str | None, defaults: Defaults) -> Model:
    return defaults.attribution_model if word is None else member(word, Model, "attribution_model")


def _refuse_together(asked: ReportQuery) -> None:
    """What is wrong with fields that are right each by itself."""
    if asked.fill and asked.granularity is Granularity.NONE:
        raise BadParameters({"fill": "needs a granularity"})
    if asked.compare is not None and asked.limit > MAX_COMPARED:
        raise BadParameters({"limit": f"at most {MAX_COMPARED:,} with compare"})
    credited, unknown = asked.counted & ATTRIBUTED, asked.touched & RAW_ONLY
    if credited and unknown:
        raise BadParameters(
            {"metrics": f"{min(credited)} is not known by {min(unknown).value}: leave one out"}
        )


def _steps(words: Sequence[str] | None) -> tuple[Step, ...]:
    if words is None:
        return tuple(Step)
    found = _once(
        [member(word, Step, f"steps[{number}]") for number, word in enumerate(words)], "steps"
    )
    if len(found) < 2:  # noqa: PLR2004
        raise BadParameters({"steps": "name at least two"})
    if list(found) != [step for step in Step if step in found]:
        raise BadParameters({"steps": f"must be in the order {', '.join(Step)}"})
    return found


def _funnel_dimension(word: str | None) -> Dimension | None:
    if word is None:
        return None
    found = member(word, Dimension, "dimension")
    if found.unit is not None or found is Dimension.INVALID_REASON:
        raise BadParameters({"dimension": f"a funnel cannot be broken down by {found.value}"})
    return found


def _funnel_filters(tree: object) -> Condition:
    found = Every(()) if tree is None else condition(tree)
    for test in tests_of(found):
        if test.dimension.unit is not None or test.dimension is Dimension.INVALID_REASON:
            raise BadParameters({"filters": f"a funnel cannot be filtered by {test.dimension}"})
    return found


def _whole(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise BadParameters({name: f"must be a whole number from {low:,} to {high:,}"})
    return value


def _read(name: str, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except ValueError as exc:
        raise BadParameters({name: str(exc)}) from exc
