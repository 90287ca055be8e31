"""Find the rows that ClickHouse refuses, without storing any."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.records import Arrived

log = structlog.get_logger(__name__)

Takes = Callable[[Sequence[Arrived]], bool]


def refused(fresh: Sequence[Arrived], bounds: Bounds) -> list[int]:
    """Offsets of the rows that a table like the real one, which keeps nothing, does not take.

    Raises:
        ClickHouseUnavailable, TryLater: it cannot be said now.
    """
    with _trial_table(bounds) as table:
        bad = bisected(fresh, lambda part: store.would_take(part, bounds, table))
    log.error("rows_refused", token=bounds.token(), offsets=[each.offset for each in bad[:50]])
    return [each.offset for each in bad]


def bisected(arrived: Sequence[Arrived], takes: Takes) -> list[Arrived]:
    """The rows that ``takes`` refuses, found by halving."""
    if not arrived or takes(arrived):
        return []
    if len(arrived) == 1:
        return list(arrived)
    middle = len(arrived) // 2
    return bisected(arrived[:middle], takes) + bisected(arrived[middle:], takes)


@contextmanager
def _trial_table(bounds: Bounds) -> Iterator[str]:
    """The raw table's columns and constraints on an engine that keeps nothing and feeds no view."""
    name = f"ad_events_trial_{bounds.partition}"
    clickhouse.command(f"DROP TABLE IF EXISTS {name}")
    clickhouse.command(f"CREATE TABLE {name} AS ad_events_raw ENGINE = Null")
    try:
        yield name
    finally:
        clickhouse.command(f"DROP TABLE IF EXISTS {name}")
