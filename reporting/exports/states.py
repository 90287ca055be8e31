"""The states of an export: the only writer of its row, always by compare-and-set.

queued -> running -> done -> expired; a worker that was killed or met an engine that is away puts it
back to queued, at most ``ATTEMPTS`` times, then it is failed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q

from reporting.models import ReportExport

State = ReportExport.State
ATTEMPTS: Final = 5
FIRST_PAUSE: Final = timedelta(seconds=10)  # then 30 s, 90 s, 270 s
LATE: Final = timedelta(minutes=5)  # a queued one that nobody takes is handed out again
ERROR_CHARS: Final = 500


class Superseded(Exception):
    """The export is not this worker's any more: it was given up, or its tenant was removed."""


def take(export_id: UUID, now: datetime) -> ReportExport | None:
    """Become its worker; None when it is not waiting (any more)."""
    waiting = ReportExport.across_tenants.filter(pk=export_id, state=State.QUEUED)
    taken = waiting.update(
        state=State.RUNNING, attempts=F("attempts") + 1, started_at=now, heard_at=now, rows=0
    )
    return ReportExport.across_tenants.select_related("tenant").get(pk=export_id) if taken else None


def alive(export: ReportExport, rows: int, now: datetime) -> None:
    """A sign of life.

    Raises:
        Superseded: stop.
    """
    _change(export, heard_at=now, rows=rows)


def finish(export: ReportExport, *, rows: int, size: int, now: datetime) -> None:
    """Its file is in the object store.

    Raises:
        Superseded: the file is nobody's: delete it.
    """
    keep = timedelta(days=settings.EXPORTS_KEEP_DAYS)
    _change(
        export,
        state=State.DONE,
        rows=rows,
        bytes=size,
        error="",
        heard_at=now,
        finished_at=now,
        expires_at=now + keep,
    )


def fail(export: ReportExport, why: str, now: datetime) -> None:
    """It can never be made; ``why`` is for the one who asked."""
    _change(export, state=State.FAILED, error=why[:ERROR_CHARS], finished_at=now)


def put_back(export: ReportExport, why: str, now: datetime) -> timedelta | None:
    """Try again later; returns after what time, or None when it has failed for good."""
    if export.attempts >= ATTEMPTS:
        fail(export, f"{why}, {export.attempts} times: ask for it again later", now)
        return None
    pause: timedelta = FIRST_PAUSE * 3 ** (export.attempts - 1)
    _change(export, state=State.QUEUED, error=why[:ERROR_CHARS], due_at=now + pause)
    return pause


def expire(export: ReportExport, now: datetime) -> None:
    """Its file was deleted."""
    rows = ReportExport.across_tenants.filter(pk=export.pk, state=State.DONE, expires_at__lte=now)
    rows.update(state=State.EXPIRED)


def hand_out_again(export: ReportExport, now: datetime) -> bool:
    """Whether a queued one was still queued; it is late again after ``LATE``."""
    rows = ReportExport.across_tenants.filter(
        pk=export.pk, state=State.QUEUED, due_at=export.due_at
    )
    return bool(rows.update(due_at=now))


def lost(now: datetime) -> Sequence[ReportExport]:
    """Those whose worker has given no sign of life."""
    silent = now - timedelta(seconds=settings.EXPORTS_STALE_SECONDS)
    rows = ReportExport.across_tenants.filter(state=State.RUNNING, heard_at__lt=silent)
    return list(rows)


def late(now: datetime) -> Sequence[ReportExport]:
    """Those that wait though they are due: their task never came to a worker."""
    rows = ReportExport.across_tenants.filter(state=State.QUEUED, due_at__lt=now - LATE)
    return list(rows)


def over(now: datetime) -> Sequence[ReportExport]:
    """Those whose file is to be deleted."""
    rows = ReportExport.across_tenants.filter(state=State.DONE, expires_at__lte=now)
    return list(rows)


def unfinished(tenant_id: int) -> int:
    """How many a tenant has under way."""
    under_way = Q(state=State.QUEUED) | Q(state=State.RUNNING)
    return ReportExport.objects.for_tenant(tenant_id).filter(under_way).count()


def downloaded(export: ReportExport, by: str, now: datetime) -> None:
    """Record who fetched the file."""
    ReportExport.objects.for_tenant(export.tenant_id).filter(pk=export.pk).update(
        downloads=F("downloads") + 1, last_downloaded_by=by[:200], last_downloaded_at=now
    )


def _change(export: ReportExport, **changes: object) -> None:
    rows = ReportExport.across_tenants.filter(
        pk=export.pk, state=State.RUNNING, attempts=export.attempts
    )
    if not rows.update(**changes):
        raise Superseded(f"export {export.pk}, attempt {export.attempts}")
