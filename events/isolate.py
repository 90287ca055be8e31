"""Find the rows that ClickHouse refuses, without storing any."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.records import Arrived
from events.stream import AD_EVENTS, Table

log = structlog.get_logger(__name__)

Takes = Callable[[Sequence[Arrived]], bool]
Found = Callable[[int], None]


def refused(
    fresh: Sequence[Arrived],
    bounds: Bounds,
    found: Found = lambda _offset: None,
    table: Table = AD_EVENTS,
) -> list[int]:
    """Offsets of the rows that a table like the real one, which keeps nothing, does not take.

    ``found`` hears of each at once, in their order: what it raises ends the search, which takes
    two inserts a row where every row is refused.

    Raises:
        ClickHouseUnavailable, TryLater: it cannot be said now.
    """
    with _trial_table(bounds, table) as trial:
        bad = bisected(fresh, lambda part: store.would_take(part, bounds, table, trial), found)
    log.error("rows_refused", token=bounds.token(), offsets=[each.offset for each in bad[:50]])
    return [each.offset for each in bad]


def bisected(arrived: Sequence[Arrived], takes: Takes, found: Found) -> list[Arrived]:
    """The rows that ``takes`` refuses, found by halving."""
    if not arrived or takes(arrived):
        return []
    if len(arrived) == 1:
        found(arrived[0].offset)
        return list(arrived)
    middle = len(arrived) // 2
    return bisected(arrived[:middle], takes, found) + bisected(arrived[middle:], takes, found)


@contextmanager
def _trial_table(bounds: Bounds, table: Table) -> Iterator[str]:
    """The table's columns and constraints on an engine that keeps nothing and feeds no view."""
    name = f"{table.name}_trial_{bounds.partition}"
    clickhouse.command(f"DROP TABLE IF EXISTS {name}")
    clickhouse.command(f"CREATE TABLE {name} AS {table.name} ENGINE = Null")
    try:
        yield name
    finally:
        clickhouse.command(f"DROP TABLE IF EXISTS {name}")
