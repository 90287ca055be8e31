"""The record of runs: what each was asked, how far the newest has seen, what came of it."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from reporting.attribution.statements import Scope
from reporting.models import AttributionRun

KEPT: Final = timedelta(days=7)
ERROR_CHARS: Final = 1000


def watermark(tenant_id: int) -> datetime | None:
    """Up to where in time of storage all events are taken into account; None before the first."""
    newest = _newest(tenant_id)
    return newest.watermark if newest else None


def move_watermark(tenant_id: int, seen_until: datetime) -> None:
    """Nothing had changed: the newest run has seen more."""
    newest = _newest(tenant_id)
    if newest:
        newest.watermark = seen_until
        newest.save(update_fields=["watermark"])


def begin(scope: Scope, *, now: datetime) -> AttributionRun:
    """A row that says that a run has begun; its id is the version of what it writes."""
    return AttributionRun.across_tenants.create(
        tenant_id=scope.tenant_id, started_at=now, since=scope.start, until=scope.end
    )


def finish(
    run: AttributionRun,
    conversions: int,
    changed: int,
    attributed: int,
    seen_until: datetime | None,
) -> AttributionRun:
    """Say what came of it; ``seen_until`` is where the next run begins."""
    run.conversions, run.changed, run.attributed = conversions, changed, attributed
    run.watermark, run.finished_at = seen_until, timezone.now()
    run.save()
    _prune(run)
    return run


def fail(run: AttributionRun, error: str) -> AttributionRun:
    """Say why it stopped; the next run begins where this one did."""
    run.error, run.finished_at = error[:ERROR_CHARS], timezone.now()
    run.save()
    _prune(run)
    return run


def _newest(tenant_id: int) -> AttributionRun | None:
    rows = AttributionRun.objects.for_tenant(tenant_id).filter(watermark__isnull=False)
    return rows.order_by("-watermark").first()


def _prune(run: AttributionRun) -> None:
    newest = _newest(run.tenant_id) or run
    rows = AttributionRun.objects.for_tenant(run.tenant_id).exclude(pk=newest.pk)
    rows.filter(started_at__lt=run.started_at - KEPT).delete()
