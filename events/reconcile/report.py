"""What a run says: lines for people, JSON for programs."""

from collections.abc import Iterator
from datetime import UTC, datetime

from events.reconcile.differences import Difference
from events.reconcile.run import Report
from events.reconcile.window import Window


def lines(report: Report) -> Iterator[str]:
    """One line for each thing found, and what became of it."""
    for found in report.remaining:
        yield from _difference(found)
    for duplicate in report.duplicates:
        hour, extra = _at(duplicate.hour), duplicate.extra
        yield f"tenant {duplicate.tenant_id} {hour}: {extra} rows repeat an event (read once)"
    for gap in report.gaps:
        yield (
            f"topic {gap.topic_id} partition {gap.partition}: offsets {gap.first} to {gap.last} are"
            " in no batch (duplicates and dead letters, or a loss)"
        )
    for table, partition in report.partitions_rebuilt:
        yield f"rebuilt {table} {partition}"
    if report.rows_written:
        yield f"wrote {report.rows_written} delta rows"
    if report.unsettled:
        yield f"{report.unsettled} hours or days still change: look again later"
    yield _verdict(report)


def as_dict(report: Report) -> dict[str, object]:
    """The same as JSON types; times are ISO 8601."""
    return {
        "since": _at(report.window.since),
        "until": _at(report.window.until),
        "found": [line for each in report.found for line in _measures(each)],
        "remaining": [line for each in report.remaining for line in _measures(each)],
        "unsettled": report.unsettled,
        "rows_written": report.rows_written,
        "partitions_rebuilt": [list(each) for each in report.partitions_rebuilt],
        "duplicates": [
            {"tenant_id": each.tenant_id, "hour": _at(each.hour), "extra": each.extra}
            for each in report.duplicates
        ],
        "gaps": [
            {
                "topic_id": each.topic_id,
                "partition": each.partition,
                "first": each.first,
                "last": each.last,
            }
            for each in report.gaps
        ],
        "reconciled_until": report.reconciled_until and report.reconciled_until.isoformat(),
    }


def _verdict(report: Report) -> str:
    found, left = len(report.found), len(report.remaining)
    return f"{_span(report.window)}: {found} differences found, {left} remain"


def _span(window: Window) -> str:
    return f"{_at(window.since)} to {_at(window.until)}"


def _difference(found: Difference) -> Iterator[str]:
    for each in _measures(found):
        yield (
            f"tenant {each['tenant_id']} {each['tier']} {each['period']} {each['measure']}: "
            f"raw {each['raw']}, tier {each['counted']}"
        )


def _measures(found: Difference) -> list[dict[str, object]]:
    spot = found.spot
    return [
        {
            "tenant_id": spot.tenant_id,
            "tier": spot.table,
            "period": _at(spot.period),
            "measure": measure,
            "raw": raw,
            "counted": counted,
        }
        for measure, raw, counted in found.measures()
    ]


def _at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
