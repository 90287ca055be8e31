"""What is done with one batch, step by step; each may be repeated, also by a successor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from events import dlq, isolate, ledger, limits, store
from events.dedup import Deduplicator
from events.ledger import Entry, Outcome
from events.plan import Bounds
from events.records import Arrived, Poison, PoisonReason, Record, split

log = structlog.get_logger(__name__)

TOKEN_LIFE: Final = timedelta(days=3)  # replicated tables forget a token after a week


@dataclass(frozen=True, slots=True)
class Tools:
    """What every batch is worked on with; ``window`` is how many inserts ClickHouse remembers."""

    dedup: Deduplicator
    limits: limits.Limits
    window: int
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(slots=True)
class Work:
    """A batch and how far it is; ``entry`` is its partition's row in the ledger."""

    records: Sequence[Record]
    bounds: Bounds
    entry: Entry
    replay: bool = False  # a predecessor opened it
    arrived: list[Arrived] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    fresh: list[Arrived] = field(default_factory=list)
    duplicates: int = 0
    history: limits.History = field(default_factory=limits.History)


def record(work: Work, tools: Tools) -> None:
    """The bounds, before anything else: a successor must rebuild this very batch."""
    if work.entry.open is None:
        work.entry = ledger.open_batch(work.entry, work.bounds, tools.now())


def separate(work: Work, tools: Tools) -> None:
    """What can be stored from what cannot.

    Raises:
        TooManyDeadLetters: this looks like a wrong release rather than like single bad events.
    """
    arrived, poison = split(work.records)
    excluded = set(work.entry.excluded)
    work.arrived = [each for each in arrived if each.offset not in excluded]
    work.poison = poison + [_refused(each) for each in work.records if each.offset in excluded]
    dead = {each.record.offset for each in work.poison}
    pattern = [each.offset in dead for each in work.records]
    work.history = limits.judged(work.entry.history, pattern, tools.limits)


def bury(work: Work, tools: Tools) -> None:
    """Poison goes to the dead letters, before the batch can be finished."""
    dlq.send(work.poison, work.entry.source, tools.now())


def claim(work: Work, tools: Tools) -> None:
    """Leave out what was seen before; a loss of trust is recorded before it can matter."""
    verdict = tools.dedup.claim(work.arrived, work.entry, replay=work.replay)
    if verdict.trust != work.entry.trust:
        work.entry = ledger.trust(work.entry, verdict.trust)
    work.fresh, work.duplicates = verdict.fresh, verdict.duplicates


def insert(work: Work, tools: Tools) -> None:
    """Into ClickHouse, under the token of the bounds."""
    if work.replay and _is_forgotten(work, tools):
        log.warning("token_expired", token=work.bounds.token(), rows=len(work.fresh))
        return
    try:
        store.insert(work.fresh, work.bounds, work.entry.excluded)
    except store.RowsRefused as exc:
        if store.is_stored(work.bounds):  # by a try that was not refused yet
            return
        _leave_out(work, tools, exc)
        store.insert(work.fresh, work.bounds, work.entry.excluded)


def finish(work: Work, tools: Tools) -> None:
    """The ledger moves past the batch."""
    received = (each.event.received_at or each.event.ts for each in work.fresh)
    outcome = Outcome(
        inserted=len(work.fresh),
        duplicates=work.duplicates,
        dead_letters=len(work.poison),
        watermark=max(received, default=None),
        history=work.history,
    )
    work.entry = ledger.finish(work.entry, outcome, tools.now())


Step = Callable[[Work, Tools], None]
STEPS: Final[tuple[Step, ...]] = (record, separate, bury, claim, insert, finish)


def _leave_out(work: Work, tools: Tools, refusal: store.RowsRefused) -> None:
    """Isolate the rows that ClickHouse refuses; which they are is recorded before the rest goes in.

    Raises:
        TryLater: no single row is to blame, so it is not the rows.
    """
    bad = set(isolate.refused(work.fresh, work.bounds))
    if not bad:
        raise store.TryLater(str(refusal)) from refusal
    tools.dedup.release([each for each in work.fresh if each.offset in bad], work.entry)
    work.entry = ledger.exclude(work.entry, sorted(bad))
    work.fresh = [each for each in work.fresh if each.offset not in bad]
    separate(work, tools)
    bury(work, tools)


def _is_forgotten(work: Work, tools: Tools) -> bool:
    """Whether its rows are stored and the server may have forgotten the token.

    Then the rows would be stored twice. The aggregates may lack what a crash left out of them:
    reconcile finds and repairs that.
    """
    opened_at = work.entry.opened_at
    if opened_at is None or not store.is_stored(work.bounds):
        return False
    expired = tools.now() - opened_at > TOKEN_LIFE
    return expired or store.inserts_since(opened_at) >= tools.window / 2


def _refused(record: Record) -> Poison:
    detail = "ClickHouse does not take this row; the consumer's log has its words"
    return Poison(record, PoisonReason.REFUSED, detail)
