"""[FLOW] One export: take it, read, write a file, upload, finish; or put it back, or fail it."""

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Final
from uuid import UUID

import structlog
from django.conf import settings

from adplatform.clients import objects
from adplatform.clients.clickhouse import ClickHouseRefused, ClickHouseUnavailable
from adplatform.clients.errors import EngineNotRunning
from reporting.exports import file, queue, source, states
from reporting.exports.csv_lines import lines
from reporting.models import ReportExport

log = structlog.get_logger(__name__)

ALIVE_SECONDS: Final = 5.0
# ClickHouse: too many queries, socket timeout, network, no space, threads, Keeper
BUSY: Final = frozenset({202, 209, 210, 243, 439, 999})


class NotNow(Exception):
    """Something that passes stands in the way; the message says what."""


class Never(Exception):
    """The export can never be made; the message is for the one who asked."""


def make(export_id: UUID) -> None:
    """Make the export if it waits and is due; nothing happens otherwise."""
    export = states.take(export_id, _now())
    if export is None:
        return
    try:
        _make(export)
    except states.Superseded:
        log.info("export_superseded", export=str(export_id), attempt=export.attempts)
    except Never as exc:
        states.fail(export, str(exc), _now())
    except NotNow as exc:
        _put_back(export, str(exc))
    except Exception:
        _put_back(export, "an error that we did not expect")
        raise


def _make(export: ReportExport) -> None:
    """One line per step."""
    with tempfile.TemporaryFile() as out:  # has no name: a killed worker leaves nothing behind
        rows = _written(export, out)
        size = out.tell()
        out.seek(0)
        _uploaded(export, out)
    _finished(export, rows, size)
    log.info("export_done", export=str(export.pk), tenant_id=export.tenant_id, rows=rows, size=size)


def _written(export: ReportExport, out: IO[bytes]) -> int:
    most = settings.EXPORTS_MAX_ROWS
    if not export.tenant.is_active:
        raise Never("the account is not active")
    try:
        fields, rows = source.read(export.query, export.tenant, export.created_at, most)
        text = lines(fields, rows)
        return file.write(out, text, bom=export.bom, max_rows=most, alive=_signs_of_life(export))
    except file.TooManyRows as exc:
        raise Never(f"more than {most:,} rows: narrow the period, or drop a dimension") from exc
    except source.Unusable as exc:
        raise Never(str(exc)) from exc
    except (ClickHouseUnavailable, EngineNotRunning) as exc:
        raise NotNow("the analytics store did not answer") from exc
    except ClickHouseRefused as exc:
        raise _refusal(exc) from exc
    except OSError as exc:
        raise NotNow("there was no room for the file") from exc


def _refusal(exc: ClickHouseRefused) -> NotNow | Never:
    log.warning("export_refused", code=exc.code, error=str(exc)[:500])
    if exc.code in BUSY:
        return NotNow("the analytics store was too busy")
    return Never(
        f"the analytics store cannot answer this (code {exc.code}): narrow the period, "
        "or drop a dimension"
    )


def _uploaded(export: ReportExport, source: IO[bytes]) -> None:
    try:
        objects.put_file(export.object_key, source)
    except (objects.ObjectStoreUnavailable, EngineNotRunning) as exc:
        raise NotNow("the object store did not take the file") from exc


def _finished(export: ReportExport, rows: int, size: int) -> None:
    try:
        states.finish(export, rows=rows, size=size, now=_now())
    except states.Superseded:
        objects.delete(export.object_key)
        raise


def _put_back(export: ReportExport, why: str) -> None:
    log.warning("export_put_back", export=str(export.pk), attempt=export.attempts, why=why)
    with suppress(states.Superseded):
        pause = states.put_back(export, why, _now())
        if pause is not None:
            queue.enqueue(export.pk, pause)


def _signs_of_life(export: ReportExport) -> Callable[[int], None]:
    last = time.monotonic()

    def alive(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last >= ALIVE_SECONDS:
            last = time.monotonic()
            states.alive(export, rows, _now())

    return alive


def _now() -> datetime:
    return datetime.now(UTC)
