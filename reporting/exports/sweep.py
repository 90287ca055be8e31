"""What beat does about exports: lost workers, lost tasks, old files, files without a row."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Q

from adplatform.clients import objects
from reporting.exports import queue, states
from reporting.exports.states import State
from reporting.models import ReportExport

log = structlog.get_logger(__name__)

FOLDER: Final = "exports/"
LOST: Final = "its worker ended while it was at work"


def sweep(now: datetime | None = None) -> None:
    """Put back what lost its worker, hand out again what was not taken, delete old files."""
    now = now or datetime.now(UTC)
    for export in states.lost(now):
        _put_back(export, now)
    for export in states.late(now):
        if states.hand_out_again(export, now):
            queue.enqueue(export.pk)
    for export in states.over(now):
        objects.delete(export.object_key)
        states.expire(export, now)


def remove_orphans() -> int:
    """Delete files that no export has: of removed tenants, and of workers that were given up."""
    keys = objects.list_keys(FOLDER)
    kept = _kept({found for key in keys if (found := _export_of(key)) is not None})
    orphans = [key for key in keys if not _stays(key, kept)]
    for key in orphans:
        objects.delete(key)
    if orphans:
        log.info("export_orphans_removed", files=len(orphans))
    return len(orphans)


def _put_back(export: ReportExport, now: datetime) -> None:
    try:
        pause = states.put_back(export, LOST, now)
    except states.Superseded:
        return
    log.warning("export_lost_its_worker", export=str(export.pk), attempt=export.attempts)
    if pause is not None:
        queue.enqueue(export.pk, pause)


def _kept(exports: set[UUID]) -> dict[UUID, str]:
    """By export: how the keys begin that stay; of unfinished ones all of them."""
    alive = Q(state__in=[State.QUEUED, State.RUNNING, State.DONE])
    rows = ReportExport.across_tenants.filter(alive, pk__in=exports)
    return {
        row.pk: row.object_key if row.state == State.DONE else f"{FOLDER}{row.tenant_id}/{row.pk}/"
        for row in rows
    }


def _stays(key: str, kept: dict[UUID, str]) -> bool:
    export = _export_of(key)
    return export in kept and key.startswith(kept[export])


def _export_of(key: str) -> UUID | None:
    parts = key.removeprefix(FOLDER).split("/")
    try:
        return UUID(parts[1])
    except (IndexError, ValueError):
        return None
