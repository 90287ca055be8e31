"""Credit a tenant's conversions: what is new, what is asked for, or the last two days again."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from adplatform.clients import clickhouse
from reporting.attribution import runs, statements
from reporting.attribution.chunks import Chunk, chunks
from reporting.attribution.forget import AGAIN, delete_orphans
from reporting.attribution.rules import rule_of
from reporting.attribution.statements import Scope
from reporting.attribution.turns import turn
from reporting.kept import raw_since
from reporting.models import AttributionRun

BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)  # events are younger
AHEAD: Final = timedelta(days=1)  # clocks of senders
MARGIN: Final = timedelta(hours=1)  # events expire while a run reads
OVERLAP: Final = timedelta(minutes=15)  # an insert is seen some time after its rows' inserted_at
log = logging.getLogger(__name__)


class EmptyRange(ValueError):
    """The range that was asked for ends before it begins."""


def credit_news(tenant_id: int, *, now: datetime) -> AttributionRun | None:
    """Credit what changed since the last run: new conversions, and those whose visitor did more.

    Returns the run, or None where nothing had changed. A run that failed says so in ``error``.

    Raises:
        Busy: another run of the tenant is under way.
        ClickHouseError: ClickHouse did not answer what is new.
    """
    with turn(tenant_id):
        seen_until = _server_time()
        last = runs.watermark(tenant_id)
        scope = _news(tenant_id, last, now) if last else _everything(tenant_id, now)
        todo = _chunks(scope) if scope else []
        if last and not todo:
            runs.move_watermark(tenant_id, seen_until)
            return None
        return _run(scope or _everything(tenant_id, now), todo, now=now, watermark=seen_until)


def credit_range(
    tenant_id: int, *, now: datetime, since: datetime | None, until: datetime | None
) -> AttributionRun:
    """Credit every conversion of a range by the rule of now: after a change of windows.

    Raises:
        EmptyRange: ``until`` is not after ``since``.
        Busy, ClickHouseError: as for ``credit_news``.
    """
    everything = _everything(tenant_id, now)
    scope = replace(everything, start=since or everything.start, end=until or everything.end)
    if scope.end <= scope.start:
        raise EmptyRange(f"{scope.end.isoformat()} is not after {scope.start.isoformat()}")
    with turn(tenant_id):
        return _run(scope, _chunks(scope), now=now)


def expired_before(run: AttributionRun, *, now: datetime) -> datetime | None:
    """Before when touches of a run's conversions may have expired; None: all are still there."""
    scope = replace(_everything(run.tenant_id, now), start=run.since or BEGINNING)
    scope = replace(scope, end=run.until or scope.end)
    [(count, earliest)] = clickhouse.query(statements.earliest(scope), scope.params())
    if not count or _at(earliest) - scope.window >= scope.covered_since:
        return None
    return scope.covered_since


def credit_again(tenant_id: int, *, now: datetime) -> AttributionRun:
    """Credit the last two days again, and remove credits whose conversion is gone."""
    with turn(tenant_id):
        scope = replace(_everything(tenant_id, now), start=now - AGAIN)
        run = _run(scope, _chunks(scope), now=now)
        delete_orphans(tenant_id, now)
        return run


def _everything(tenant_id: int, now: datetime) -> Scope:
    covered = raw_since(tenant_id, now) + MARGIN
    return Scope(tenant_id, rule_of(tenant_id), BEGINNING, now + AHEAD, covered_since=covered)


def _news(tenant_id: int, watermark: datetime, now: datetime) -> Scope | None:
    """Conversions of visitors with news, from the earliest of these on; None without any."""
    scope = replace(_everything(tenant_id, now), stored_after=watermark - OVERLAP)
    [(count, earliest)] = clickhouse.query(statements.news(), scope.params())
    if not count:
        return None
    return replace(scope, start=_at(earliest).replace(microsecond=0))


def _chunks(scope: Scope) -> list[Chunk]:
    """In whole hours, but never outside of the scope."""
    rows = clickhouse.query(statements.conversions_by_hour(scope), scope.params())
    return [
        replace(each, start=max(each.start, scope.start), end=min(each.end, scope.end))
        for each in chunks([(int(hour), int(count)) for hour, count in rows])
    ]


def _run(
    scope: Scope, todo: Sequence[Chunk], *, now: datetime, watermark: datetime | None = None
) -> AttributionRun:
    run = runs.begin(scope, now=now)
    try:
        for chunk in todo:
            _credit(replace(scope, start=chunk.start, end=chunk.end), run.pk)
        changed, attributed = _tally(scope, run.pk)
    except clickhouse.ClickHouseError as exc:
        log.exception(
            "the attribution of tenant %s stopped; the next run repeats it", run.tenant_id
        )
        return runs.fail(run, str(exc))
    conversions = sum(chunk.conversions for chunk in todo)
    return runs.finish(run, conversions, changed, attributed, watermark)


def _credit(scope: Scope, version: int) -> None:
    params = {**scope.params(), "version": version}
    clickhouse.query(statements.insert(scope), params, settings=statements.SETTINGS)


def _tally(scope: Scope, version: int) -> tuple[int, int]:
    [(changed, attributed)] = clickhouse.query(
        statements.tally(), {**scope.params(), "version": version}
    )
    return int(changed), int(attributed)


def _server_time() -> datetime:
    [(moment,)] = clickhouse.query("SELECT toUnixTimestamp64Milli(now64(3))")
    return _at(moment)


def _at(milliseconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
