"""What runs of the reconciler found, kept in ClickHouse beside what they compared."""

from datetime import UTC, datetime

from adplatform.clients import clickhouse
from events.reconcile.window import Window

TABLE = "ad_events_reconciled"


def save(
    run: str, checked: Window, *, differences: int, repaired: int, reconciled_until: int
) -> None:
    """Add a run."""
    values = {
        "finished_at": datetime.now(UTC),
        "run": run,
        "since": _moment(checked.since),
        "until": _moment(checked.until),
        "differences": differences,
        "repaired": repaired,
        "reconciled_until": _moment(reconciled_until),
    }
    clickhouse.insert_columns(TABLE, {name: [value] for name, value in values.items()})


def reconciled_until() -> datetime | None:
    """The end of the last hour of an unbroken row in which raw rows and tiers agreed.

    None when the reconciler has never run.
    """
    rows = clickhouse.query(
        f"SELECT toUnixTimestamp(reconciled_until) FROM {TABLE} ORDER BY finished_at DESC LIMIT 1"
    )
    return _moment(int(rows[0][0])) if rows else None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
