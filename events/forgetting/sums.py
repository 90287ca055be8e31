"""Taking marked rows out of the tiers: their counts once more, negative.

The rows go into the minute tier and flow through its views into the coarser ones, as the consumer's
rows do. Counts are UInt64: a negative one is written modulo 2^64, and sums wrap back.
"""

from typing import Final

from adplatform.clients import clickhouse
from events.forgetting.rows import marked
from events.tiers import DIMENSIONS, MEASURES, MINUTE, select_from_raw

SIGNED: Final = frozenset({"revenue_cents", "cost_micros"})
WRAP: Final = 2**64
ROWS_AT_ONCE: Final = 100_000

Columns = dict[str, list[object]]


def subtract(tenant_id: int, mark: str) -> int:
    """Insert the opposite of the marked rows; again with the same mark it is a no-op.

    The rows under a mark never change, so every try makes the same blocks under the same tokens.
    Returns how many minutes and dimensions it touched.
    """
    rows = clickhouse.query(
        select_from_raw(MINUTE, marked(tenant_id, mark))
        + f" ORDER BY {MINUTE.bucket}, {', '.join(DIMENSIONS)}"
    )
    for start in range(0, len(rows), ROWS_AT_ONCE):
        columns = opposite(rows[start : start + ROWS_AT_ONCE])
        clickhouse.insert_columns(MINUTE.table, columns, token=f"{mark}:{start}")
    return len(rows)


def opposite(rows: list[clickhouse.Row]) -> Columns:
    """The columns of a tier's rows with every measure negated."""
    names = (MINUTE.bucket, *DIMENSIONS, *MEASURES)
    columns: Columns = {
        name: list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    for name in MEASURES:
        columns[name] = [_negative(name, int(str(count))) for count in columns[name]]
    return columns


def _negative(name: str, count: int) -> int:
    return -count if name in SIGNED else -count % WRAP
