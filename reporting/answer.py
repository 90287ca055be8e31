"""[FLOW] The query endpoint: plan, ask for the page and its totals, compare, compute ratios."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from events.tiers import RAW
from reporting import arrivals, page, queries, reading
from reporting.attribution.credits import TABLE as CREDITED
from reporting.figures import Sums, changes, figures, intervals
from reporting.measures import APPROXIMATE, ATTRIBUTED
from reporting.page import PageRow
from reporting.query import Granularity, ReportQuery
from reporting.result import Answer, Cell, Compared
from reporting.source import NotKept


class ComparisonNotKept(Exception):
    """Rows of the period to compare with have been removed."""


Before = tuple[ReportQuery, queries.Reading]


def answer(query: ReportQuery) -> Answer:
    """The report; totals cover all pages, and what ``having`` hides.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
        NotKept, ComparisonNotKept: rows that it needs have been removed.
        TooManyBuckets: the granularity is too fine for the period.
        TooMuch: it needs more time or memory than one report may have.
    """
    freshness = arrivals.current(
        query.tenant_id
    )  # first: what arrives meanwhile may be in the report
    read = reading.of(query)
    rows, more = page.fetch(query, read)
    totals = page.fetch_totals(query, read)
    before = _before(query, read)
    return Answer(
        tenant_id=query.tenant_id,
        start=query.start.astimezone(query.tz).isoformat(),
        end=query.end.astimezone(query.tz).isoformat(),
        timezone=query.tz.key,
        granularity=query.granularity.value,
        dimensions=tuple(each.value for each in query.dimensions),
        metrics=query.metrics,
        approximate=tuple(name for name in query.metrics if name in APPROXIMATE),
        attribution_model=query.attribution_model if query.counted & ATTRIBUTED else None,
        rows=_rows(query, read, rows, before),
        totals=_cells(query, totals),
        comparison=_compared(query, totals, before),
        next_offset=query.offset + query.limit if more else None,
        sources=_sources(query, read),
        freshness=freshness,
    )


class Table(NamedTuple):
    """A report of any length: ``rows`` come as they are read and hold every field."""

    fields: tuple[str, ...]
    rows: Iterator[dict[str, int | float | str | None]]


def run(query: ReportQuery, most: int | None = None) -> Table:
    """Every row of the report, or the first ``most``; proportions with ``_low`` and ``_high``.

    The plan is made now; ClickHouse is asked when the rows are. Raises as ``answer`` does; a
    comparison is not made.
    """
    read = reading.of(query)
    bounds = [
        f"{name}_{end}" for name in intervals(query.metrics, _NO_SUMS) for end in ("low", "high")
    ]
    fields = (*query.group_fields, *query.metrics, *bounds)
    return Table(fields, (_flat(query, read, row) for row in page.stream(query, read, most)))


class _Nothing(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 0


_NO_SUMS = _Nothing()


def _flat(
    query: ReportQuery, read: queries.Reading, row: PageRow
) -> dict[str, int | float | str | None]:
    cells = {
        **page.names(query, read, row.key),
        **figures(query.metrics, row.sums, query.min_sample),
    }
    for name, interval in intervals(query.metrics, row.sums).items():
        cells[f"{name}_low"], cells[f"{name}_high"] = interval or (None, None)
    return cells


def _rows(
    query: ReportQuery, read: queries.Reading, rows: Sequence[PageRow], before: Before | None
) -> list[dict[str, Cell]]:
    shown = [{**page.names(query, read, row.key), **_cells(query, row.sums)} for row in rows]
    if before is None:
        return shown
    keys = _keys_before(query, before[0], [row.key for row in rows])
    found = page.fetch_same(*before, [key for key in keys if key is not None])
    return [
        {**cells, **_difference(query, row.sums, _sums_before(key, found))}
        for cells, row, key in zip(shown, rows, keys, strict=True)
    ]


def _cells(query: ReportQuery, sums: Sums) -> dict[str, Cell]:
    cells: dict[str, Cell] = {**figures(query.metrics, sums, query.min_sample)}
    for name, interval in intervals(query.metrics, sums).items():
        cells[f"{name}_interval"] = interval
    return cells


def _before(query: ReportQuery, read: queries.Reading) -> Before | None:
    """The same report of the period to compare with; its top values are those of the report."""
    if query.compare is None:
        return None
    earlier = replace(
        query, start=query.compare.start, end=query.compare.end, fill=False, compare=None, top=None
    )
    try:
        return earlier, replace(reading.of(earlier), top=read.top)
    except NotKept as exc:
        raise ComparisonNotKept(str(exc)) from exc


def _keys_before(
    query: ReportQuery, earlier: ReportQuery, keys: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...] | None]:
    """The keys of the rows to compare with: the n-th bucket with the n-th; None past the last."""
    if query.granularity is Granularity.NONE:
        return list(keys)
    ours, theirs = reading.period_buckets(query), reading.period_buckets(earlier)
    same = dict(zip(ours, theirs, strict=False))
    return [(same[key[0]], *key[1:]) if key[0] in same else None for key in keys]


def _sums_before(key: tuple[Any, ...] | None, found: Mapping[tuple[Any, ...], Sums]) -> Sums | None:
    """Nothing counted where the period has no such row; None where it has no such bucket."""
    return None if key is None else found.get(key, _NO_SUMS)


def _difference(query: ReportQuery, now: Sums, before: Sums | None) -> dict[str, Cell]:
    if before is None:
        return {"comparison": None, "change": None}
    was = figures(query.metrics, before, query.min_sample)
    is_now = figures(query.metrics, now, query.min_sample)
    return {"comparison": was, "change": changes(is_now, was)}


def _compared(query: ReportQuery, totals: Sums, before: Before | None) -> Compared | None:
    if before is None:
        return None
    earlier, read = before
    was = figures(query.metrics, page.fetch_totals(earlier, read), query.min_sample)
    return Compared(
        start=earlier.start.astimezone(query.tz).isoformat(),
        end=earlier.end.astimezone(query.tz).isoformat(),
        totals=was,
        change=changes(figures(query.metrics, totals, query.min_sample), was),
    )


def _sources(query: ReportQuery, read: queries.Reading) -> tuple[str, ...]:
    tables = [RAW if span.tier is None else span.tier.table for span in read.spans]
    credited = [CREDITED] if query.counted & ATTRIBUTED else []
    return tuple(dict.fromkeys([*tables, *credited]))
