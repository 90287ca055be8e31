"""The ledger of progress in PostgreSQL: who works on a partition, and which batch is open.

Every write is a compare-and-set on the row's version. A worker whose partition was taken over can
therefore write nothing any more, and whoever takes over finds the bounds of the unfinished batch.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import (
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Now

from events.limits import History
from events.models import PartitionLedger
from events.plan import Bounds
from events.trust import Trust

log = structlog.get_logger(__name__)

PARTITIONS_CHANGED: Final = "the topic got another number of partitions"


class LedgerUnavailable(Exception):
    """PostgreSQL did not answer; repeat: a write that took effect is recognised."""


class Superseded(Exception):
    """Another worker has taken the partition over; its batches are that worker's now."""


@dataclass(frozen=True, slots=True)
class Source:
    """One partition of one incarnation of a topic."""

    topic: str
    topic_id: str
    partition: int
    partition_count: int


@dataclass(frozen=True, slots=True)
class Start:
    """Where a partition begins that has no row yet; below ``stored_below`` rows may be stored."""

    next_offset: int
    stored_below: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A partition's row as this worker last saw it."""

    id: int
    version: int
    owner: str
    source: Source
    next_offset: int
    stored_below: int
    open: Bounds | None
    opened_at: datetime | None
    excluded: tuple[int, ...]
    worked_at: datetime | None  # when a batch was last finished, or nothing was left to do
    trust: Trust
    history: History


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished batch came to; ``watermark`` is the newest ``received_at`` it stored."""

    inserted: int
    duplicates: int
    dead_letters: int
    watermark: datetime | None
    history: History


def place(source: Source) -> int | None:
    """The next offset of this incarnation of the topic; None without a row for the partition.

    Raises:
        LedgerUnavailable: PostgreSQL did not answer.
    """
    with _answered():
        rows = _rows(source).filter(topic_id=source.topic_id)
        return rows.values_list("next_offset", flat=True).first()


def take(source: Source, owner: str, start: Start | None = None) -> Entry:
    """Become the partition's worker; where it has no ``place`` yet, it begins at ``start``.

    Rows may be stored further than the ledger knows, when it was restored from a backup:
    ``start.stored_below`` counts in any case.

    A topic that was deleted and made again starts anew, and keeps its trust in the claims: they
    are of the topic's name.

    Raises:
        LedgerUnavailable: PostgreSQL did not answer; take again.
        Superseded: another worker was faster; take again.
    """
    with _answered():
        row = _rows(source).first()
        if row is None:
            return _begin(source, owner, start or Start(0))
        changes = {
            "owner": owner,
            "partition_count": source.partition_count,
            "verify_reason": _entry(row).trust.inherited().reason,
            "stored_below": max(row.stored_below, start.stored_below if start else 0),
        }
        if row.topic_id != source.topic_id:
            changes |= _anew(row, source, start or Start(0))
        if row.partition_count != source.partition_count:
            changes |= {"epoch": "", "verify_reason": PARTITIONS_CHANGED}
    return _write(_entry(row), **changes)


def open_batch(entry: Entry, bounds: Bounds, now: datetime) -> Entry:
    """Record a batch's bounds before anything is done with it."""
    return _write(entry, open_first=bounds.first, open_last=bounds.last, opened_at=now, excluded=[])


def exclude(entry: Entry, offsets: Sequence[int]) -> Entry:
    """Record which messages of the open batch are left out of its insert."""
    return _write(entry, excluded=sorted({*entry.excluded, *offsets}))


def trust(entry: Entry, trust: Trust) -> Entry:
    """Record how far Redis's claims can be believed."""
    return _write(
        entry,
        epoch=trust.epoch,
        verify_until=trust.verify_until,
        verify_reason=trust.reason[:100],
    )


def halt(entry: Entry, why: str) -> Entry:
    """Record that the worker stands still until somebody looks."""
    return _write(entry, halted=why[:300])


def finish(entry: Entry, outcome: Outcome, now: datetime) -> Entry:
    """The open batch is stored: everything up to its end is done."""
    if entry.open is None:
        raise ValueError("no batch is open")
    return _write(
        entry,
        next_offset=entry.open.last + 1,
        stored_below=Greatest(F("stored_below"), Value(entry.open.last + 1)),  # should it go back
        open_first=None,
        open_last=None,
        opened_at=None,
        excluded=[],
        halted="",
        last_batch_at=now,
        last_batch_rows=outcome.inserted,
        batches=F("batches") + 1,
        inserted=F("inserted") + outcome.inserted,
        duplicates=F("duplicates") + outcome.duplicates,
        dead_letters=F("dead_letters") + outcome.dead_letters,
        consecutive_dead=outcome.history.consecutive,
        recent_messages=outcome.history.messages,
        recent_dead=outcome.history.dead,
        **_later("watermark", outcome.watermark),
    )


def caught_up(entry: Entry, now: datetime) -> Entry:
    """The worker is at the partition's end: every event accepted before ``now`` is stored."""
    return _write(entry, caught_up_at=now)


def skip_to(entry: Entry, offset: int) -> Entry:
    """Kafka has deleted what lay between: the open batch, if any, can never be rebuilt."""
    return _write(entry, next_offset=offset, open_first=None, open_last=None, opened_at=None)


def rows(topic: str) -> list[PartitionLedger]:
    """Every partition's row, for those who only look.

    Raises:
        LedgerUnavailable: PostgreSQL did not answer.
    """
    with _answered():
        return list(PartitionLedger.objects.filter(topic=topic))


def open_partitions(topic: str) -> list[int]:
    """Partitions with a batch under way, or left unfinished; none before the first migration.

    Raises:
        LedgerUnavailable: PostgreSQL did not answer.
    """
    found = PartitionLedger.objects.filter(topic=topic, open_first__isnull=False)
    try:
        with _answered(), transaction.atomic():
            return list(found.values_list("partition", flat=True))
    except ProgrammingError:  # PostgreSQL is being migrated at the same time
        return []


def _rows(source: Source) -> "QuerySet[PartitionLedger]":
    return PartitionLedger.objects.filter(topic=source.topic, partition=source.partition)


def _begin(source: Source, owner: str, start: Start) -> Entry:
    try:
        with transaction.atomic():
            row = PartitionLedger.objects.create(
                topic=source.topic,
                topic_id=source.topic_id,
                partition=source.partition,
                partition_count=source.partition_count,
                owner=owner,
                next_offset=start.next_offset,
                stored_below=start.stored_below,
                verify_reason=PARTITIONS_CHANGED if _has_grown(source) else "",
            )
    except IntegrityError as exc:
        raise Superseded from exc
    return _entry(row)


def _has_grown(source: Source) -> bool:
    """Whether retried events may come here whose first copies came to another partition."""
    changed = ~Q(partition_count=source.partition_count) | Q(verify_reason=PARTITIONS_CHANGED)
    return PartitionLedger.objects.filter(changed, topic=source.topic).exists()


def _anew(row: PartitionLedger, source: Source, start: Start) -> dict[str, Any]:
    log.warning(
        "topic_was_made_again",
        topic=source.topic,
        partition=source.partition,
        unfinished=row.open_first is not None,
    )
    return {
        "topic_id": source.topic_id,
        "next_offset": start.next_offset,
        "stored_below": start.stored_below,
        "open_first": None,
        "open_last": None,
        "opened_at": None,
        "excluded": [],
    }


def _later(field: str, moment: datetime | None) -> dict[str, Any]:
    return {field: Greatest(F(field), Value(moment))} if moment else {}


def _write(entry: Entry, **changes: Any) -> Entry:
    """Compare-and-set; a write of ours whose answer was lost is recognised by what it left.

    By owner too: in a restored database versions count up again, under other owners.
    Another write of ours whose answer was lost counts as superseded: the row is taken over anew.
    """
    with _answered():
        mine = PartitionLedger.objects.filter(pk=entry.id)
        seen = mine.filter(version=entry.version, owner=entry.owner)
        seen.update(version=entry.version + 1, updated_at=Now(), **changes)
        row = mine.first()
    owner = changes.get("owner", entry.owner)
    if row is None or (row.version, row.owner) != (entry.version + 1, owner):
        raise Superseded
    if not all(_is_left(getattr(row, name), value) for name, value in changes.items()):
        raise Superseded
    return _entry(row)


def _is_left(found: object, written: object) -> bool:
    """Whether a column holds what was written; the moment of a repeated write is a later one."""
    if isinstance(written, datetime):
        return isinstance(found, datetime)
    return isinstance(written, Combinable) or found == written


def _entry(row: PartitionLedger) -> Entry:
    source = Source(row.topic, row.topic_id, row.partition, row.partition_count)
    is_open = row.open_first is not None and row.open_last is not None
    return Entry(
        id=row.pk,
        version=row.version,
        owner=row.owner,
        source=source,
        next_offset=row.next_offset,
        stored_below=row.stored_below,
        open=_bounds(row) if is_open else None,
        opened_at=row.opened_at,
        excluded=tuple(row.excluded),
        worked_at=max(filter(None, (row.last_batch_at, row.caught_up_at)), default=None),
        trust=Trust(row.epoch, row.verify_until, row.verify_reason),
        history=History(row.consecutive_dead, row.recent_messages, row.recent_dead),
    )


def _bounds(row: PartitionLedger) -> Bounds:
    return Bounds(row.topic_id, row.partition, row.open_first or 0, row.open_last or 0)


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, InternalError) as exc:  # internal: it is read-only
        connection.close()
        raise LedgerUnavailable(f"PostgreSQL does not answer: {exc}") from exc
