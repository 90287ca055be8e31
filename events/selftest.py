"""Before consuming: prove on this server that a repeated insert counts once.

Deduplication is off by default on a plain MergeTree, older servers count a repeated block again in
views, and a tier without a window of its own doubles. None of it is an error anywhere; it only
shows in the sums.
"""

import re
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import structlog

from adplatform.clients import clickhouse
from events.store import INSERT_SETTINGS
from events.stream import AD_EVENTS, Table

log = structlog.get_logger(__name__)

WINDOW: Final = re.compile(r"\b(?:non_)?replicated_deduplication_window = (\d+)")


class WouldCountTwice(Exception):
    """This server would count repeated inserts twice: consuming on it is refused."""


def check(table: Table = AD_EVENTS) -> int:
    """How many inserts the shortest deduplication window remembers: of it and what it feeds.

    Raises:
        WouldCountTwice: says what to change.
        ClickHouseUnavailable: the server does not answer.
    """
    names = (table.name, *table.fed)
    window = _shortest(names, _windows(names))
    _repeat_an_insert(window)
    log.info("self_test_passed", window=window, server=clickhouse.server_version())
    return window


def _windows(names: Sequence[str]) -> dict[str, int]:
    rows = clickhouse.query(
        "SELECT name, create_table_query FROM system.tables "
        "WHERE database = currentDatabase() AND name IN %(names)s",
        {"names": tuple(names)},
    )
    found = {name: WINDOW.search(query) for name, query in rows}
    return {name: int(match[1]) if match else 0 for name, match in found.items()}


def _shortest(names: Sequence[str], windows: dict[str, int]) -> int:
    if missing := [name for name in names if name not in windows]:
        raise WouldCountTwice(f"{', '.join(missing)} not there: run manage.py apply_event_schema")
    if unsafe := [name for name in names if not windows[name]]:
        raise WouldCountTwice(
            f"{', '.join(unsafe)} without a deduplication window, so a repeated insert would count "
            f"twice: ALTER TABLE {unsafe[0]} MODIFY SETTING non_replicated_deduplication_window = "
            "100000 (on a replicated table: replicated_deduplication_window)"
        )
    return min(windows.values())


def _repeat_an_insert(window: int) -> None:
    """Insert one row twice into a table with a view, on tables of our own."""
    name = f"selftest_{uuid4().hex[:12]}"
    engine = f"ORDER BY id SETTINGS non_replicated_deduplication_window = {min(window, 100)}"
    try:
        clickhouse.command(f"CREATE TABLE {name} (id UInt64) ENGINE = MergeTree {engine}")
        clickhouse.command(
            f"CREATE TABLE {name}_agg (id UInt64, n UInt64) ENGINE = SummingMergeTree {engine}"
        )
        clickhouse.command(
            f"CREATE MATERIALIZED VIEW {name}_mv TO {name}_agg "
            f"AS SELECT id, count() AS n FROM {name} GROUP BY id"
        )
        for token in ("once", "once", "again"):
            clickhouse.insert_columns(name, {"id": [1]}, token=token, settings=INSERT_SETTINGS)
        _compare(name)
    finally:
        for each in (f"{name}_mv", f"{name}_agg", name):
            clickhouse.command(f"DROP TABLE IF EXISTS {each}")


def _compare(name: str) -> None:
    counted = [
        clickhouse.query(f"SELECT count() FROM {name}")[0][0],
        clickhouse.query(f"SELECT sum(n) FROM {name}_agg")[0][0],
    ]
    if counted != [2, 2]:
        raise WouldCountTwice(
            f"three inserts with two tokens left {counted[0]} rows and {counted[1]} in the view, "
            "not 2 and 2: ClickHouse 26.3 or newer is needed, with insert_deduplicate and "
            "deduplicate_blocks_in_dependent_materialized_views not fixed to 0 by its profile"
        )
