"""The reconciler as beat runs it: repairs, counts, and leaves its place to another that runs."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import structlog

from adplatform import metrics
from events.reconcile import run
from events.reconcile.lock import CannotRepair
from events.reconcile.window import window

log = structlog.get_logger(__name__)


def keep_up(*, days: int, settle_seconds: int = run.SETTLE_SECONDS) -> run.Report | None:
    """Compare and repair the last days; None where another run is at it."""
    now = datetime.now(UTC)
    try:
        report = run.mend(window(now - timedelta(days=days), now), settle_seconds=settle_seconds)
    except CannotRepair as exc:
        log.info("reconcile_skipped", reason=str(exc))
        return None
    _count(report)
    return report


def _count(report: run.Report) -> None:
    found = Counter(each.spot.table for each in report.found)
    remaining = Counter(each.spot.table for each in report.remaining)
    for table in found | remaining:
        repaired = max(found[table] - remaining[table], 0)
        metrics.RECONCILE_DIFFERENCES.labels(table, "repaired").inc(repaired)
        metrics.RECONCILE_DIFFERENCES.labels(table, "remaining").inc(remaining[table])
        log.warning("tiers_differed", tier=table, found=found[table], remaining=remaining[table])
