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
from events.stream import Stream, ad_events

log = structlog.get_logger(__name__)

TOKEN_LIFE: Final = timedelta(days=3)  # replicated tables forget a token after a week


@dataclass(frozen=True, slots=True)
class Tools:
    """What every batch is worked on with; ``window`` is how many inserts ClickHouse remembers."""

    dedup: Deduplicator
    limits: limits.Limits
    window: int
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    stream: Stream = field(default_factory=ad_events)


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
    claimed_without: tuple[int, ...] = ()  # the offsets that were left out when it was claimed
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
    arrived, poison = split(work.records, tools.stream.decode)
    excluded = set(work.entry.excluded)
    work.arrived = [each for each in arrived if each.offset not in excluded]
    work.poison = poison + [_refused(each) for each in work.records if each.offset in excluded]
    work.history = _judged(work, tools, {each.record.offset for each in work.poison})


def bury(work: Work, tools: Tools) -> None:
    """Poison goes to the dead letters, before the batch can be finished."""
    dlq.send(work.poison, tools.stream.channel.dead_letters, work.entry.source, tools.now())


def claim(work: Work, tools: Tools) -> None:
    """Leave out what was seen before; a loss of trust is recorded before it can matter."""
    verdict = tools.dedup.claim(work.arrived, work.entry, replay=work.replay)
    if verdict.trust != work.entry.trust:
        work.entry = ledger.trust(work.entry, verdict.trust)
    work.fresh, work.duplicates = verdict.fresh, verdict.duplicates
    work.claimed_without = work.entry.excluded


def insert(work: Work, tools: Tools) -> None:
    """Into ClickHouse, under the token of the bounds, without the rows that it refuses.

    Raises:
        TryLater: no single row is to blame: a view refuses, or something that passes.
        TooManyDeadLetters: so many rows are refused that the table is wrong, or our columns.
    """
    if work.claimed_without != work.entry.excluded:
        _prepare_again(work, tools)
    table = tools.stream.table
    try:
        store.insert(_to_insert(work, tools), work.bounds, work.entry.excluded, table)
    except store.RowsRefused as exc:
        bad = isolate.refused(work.fresh, work.bounds, _judge_of(work, tools), table)
        if not bad:
            raise store.TryLater(str(exc)) from exc
        if store.stored_offsets(work.bounds, table):  # by a try that was not refused yet
            return
        _leave_out(work, tools, bad)
        insert(work, tools)


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


def _judged(work: Work, tools: Tools, dead: set[int]) -> limits.History:
    pattern = [each.offset in dead for each in work.records]
    return limits.judged(work.entry.history, pattern, tools.limits)


def _judge_of(work: Work, tools: Tools) -> isolate.Found:
    """Stops a search in time, before any row is left out: all of them may fit again later."""
    dead = {each.record.offset for each in work.poison}

    def found(offset: int) -> None:
        dead.add(offset)
        _judged(work, tools, dead)

    return found


def _leave_out(work: Work, tools: Tools, bad: Sequence[int]) -> None:
    """Record which rows are refused, before the rest goes in under another token."""
    tools.dedup.release([each for each in work.fresh if each.offset in set(bad)], work.entry)
    work.entry = ledger.exclude(work.entry, bad)


def _prepare_again(work: Work, tools: Tools) -> None:
    """Without the rows that were left out: they are buried, and a copy of one may be fresh now.

    A successor comes to the same rows, so that the token names them.
    """
    separate(work, tools)
    bury(work, tools)
    claim(work, tools)


def _to_insert(work: Work, tools: Tools) -> Sequence[Arrived]:
    """All that is fresh; but what is not stored yet, where the server may have forgotten the token.

    Then the aggregates may lack what a crash left out of them: reconcile finds and repairs that.
    """
    opened_at = work.entry.opened_at
    if not work.replay or opened_at is None or not _may_be_forgotten(opened_at, tools):
        return work.fresh
    stored = store.stored_offsets(work.bounds, tools.stream.table)
    log.warning("token_expired", token=work.bounds.token(), stored=len(stored))
    return [each for each in work.fresh if each.offset not in stored]


def _may_be_forgotten(opened_at: datetime, tools: Tools) -> bool:
    expired = tools.now() - opened_at > TOKEN_LIFE
    return expired or store.inserts_since(opened_at, tools.stream.table) >= tools.window / 2


def _refused(record: Record) -> Poison:
    detail = "ClickHouse does not take this row; the consumer's log has its words"
    return Poison(record, PoisonReason.REFUSED, detail)
