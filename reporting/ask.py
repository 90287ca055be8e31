"""Asking ClickHouse for reports: limits on every statement, and a second lock on the tenant.

The first lock is the statement's own filter. The second is a setting that ClickHouse adds to every
table it reads, so that a statement without a filter still sees one tenant only.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings

from adplatform.clients import clickhouse
from events.tiers import RAW, TIERS
from reporting.attribution.credits import TABLE as CREDITED
from reporting.queries import Statement

TABLES: Final = (RAW, *(tier.table for tier in TIERS), CREDITED)
MAX_RESULT_ROWS: Final = 200_000
MAX_QUERY_BYTES: Final = 4_000_000  # 500 values of 512 characters, several times
BLOCK_ROWS: Final = 8192  # of a stream: what is in memory at once
TOO_MUCH: Final = frozenset({158, 159, 160, 241, 307, 396})  # rows, time, memory, result

Row = tuple[Any, ...]


class TooMuch(Exception):
    """The report needs more time or memory than one report may have."""


def rows(statement: Statement, tenant_id: int, what: str) -> list[Row]:
    """All rows of the statement.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
        TooMuch: the report is too large.
    """
    limits = limited(tenant_id, what) | {"max_result_rows": MAX_RESULT_ROWS}
    try:
        return clickhouse.query(statement.sql, statement.params, settings=limits)
    except clickhouse.ClickHouseRefused as exc:
        raise _explained(exc) from exc


def stream(statement: Statement, tenant_id: int, what: str) -> Iterator[Row]:
    """The rows of the statement as they come, any number of them; raises as ``rows`` does."""
    limits = limited(tenant_id, what)
    limits |= {"max_execution_time": settings.REPORT_EXPORT_SECONDS, "max_block_size": BLOCK_ROWS}
    try:
        yield from clickhouse.iterate(statement.sql, statement.params, settings=limits)
    except clickhouse.ClickHouseRefused as exc:
        raise _explained(exc) from exc


def limited(tenant_id: int, what: str) -> dict[str, object]:
    """The settings of a statement about this tenant."""
    lock = ", ".join(f"'{table}': 'tenant_id = {int(tenant_id)}'" for table in TABLES)
    return {
        "additional_table_filters": f"{{{lock}}}",
        "max_execution_time": settings.REPORT_MAX_SECONDS,
        "max_memory_usage": settings.REPORT_MAX_MEMORY_BYTES,
        "result_overflow_mode": "throw",
        "timeout_overflow_mode": "throw",
        "max_query_size": MAX_QUERY_BYTES,
        "do_not_merge_across_partitions_select_final": 1,  # one id, one month: nothing to merge
        "log_comment": f"report tenant={int(tenant_id)} {what}",
    }


def _explained(exc: clickhouse.ClickHouseRefused) -> Exception:
    if exc.code not in TOO_MUCH:
        return exc
    return TooMuch(
        "the report needs more time or memory than one report may have: shorten the period, name "
        "fewer dimensions or a coarser granularity, or export it"
    )
