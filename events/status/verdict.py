"""What is wrong with the consumers: an ordered list of rules over the facts; pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SILENT: Final = timedelta(seconds=60)  # an idle consumer writes to its rows every two seconds
STUCK: Final = timedelta(minutes=5)
BEHIND: Final = timedelta(minutes=15)


class Mode(StrEnum):
    """What a partition's worker is at."""

    IDLE = "idle"
    NORMAL = "normal"
    WRITING = "writing a batch"
    VERIFYING = "verifying"
    STUCK = "stuck open batch"
    HALTED = "halted"
    SILENT = "silent"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Row:
    """A partition's row of the ledger."""

    partition: int
    topic_id: str
    owner: str
    version: int
    next_offset: int
    open_first: int | None
    open_last: int | None
    opened_at: datetime | None
    epoch: str
    verify_until: datetime | None
    verify_reason: str
    halted: str
    watermark: datetime | None
    caught_up_at: datetime | None
    last_batch_at: datetime | None
    last_batch_rows: int
    batches: int
    inserted: int
    duplicates: int
    dead_letters: int
    updated_at: datetime

    @property
    def seen_at(self) -> datetime:
        """The newest sign of life, of those that the ledger has."""
        signs = (self.updated_at, self.opened_at, self.last_batch_at, self.caught_up_at)
        return max(sign for sign in signs if sign is not None)


@dataclass(frozen=True, slots=True)
class Ends:
    """The first offset that Kafka still holds of a partition, and the next that it will give."""

    first: int
    next: int


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead-letter topic; reasons of its latest ``looked_at`` messages, each letter once."""

    size: int
    looked_at: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found; None is what could not be asked, and ``away`` says why."""

    at: datetime
    topic: str
    group: str
    command: str = "consume_events"
    rows: Sequence[Row] | None = None
    topic_id: str | None = None
    ends: Mapping[int, Ends] | None = None
    group_state: str | None = None
    dead_letters: DeadLetters | None = None
    away: Mapping[str, str] = field(default_factory=dict)

    @property
    def start(self) -> str:
        """What to do where nobody consumes."""
        return f"start `manage.py {self.command}`"


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition with what follows from its row and Kafka's ends."""

    partition: int
    mode: Mode
    row: Row | None
    ends: Ends | None
    lag: int | None


@dataclass(frozen=True, slots=True)
class Status:
    """The facts, judged."""

    facts: Facts
    partitions: Sequence[Partition]
    problems: Sequence[str]
    lag: int | None


def judge(facts: Facts) -> Status:
    """Every partition's mode and lag, and in plain words all that is wrong."""
    rows = {row.partition: row for row in facts.rows or ()}
    numbers = sorted({*rows, *(facts.ends or {})})
    partitions = [
        _partition(number, rows.get(number), (facts.ends or {}).get(number), facts)
        for number in numbers
    ]
    known = [each.lag for each in partitions if each.lag is not None]
    lag = sum(known) if facts.ends is not None and len(known) == len(partitions) else None
    found = [problem for rule in RULES for problem in rule(facts, partitions)]
    return Status(facts, partitions, found, lag)


def _partition(number: int, row: Row | None, ends: Ends | None, facts: Facts) -> Partition:
    lag = None
    if ends is not None:
        begun = row is not None and facts.topic_id in {None, row.topic_id}
        done = max(row.next_offset, ends.first) if row is not None and begun else ends.first
        lag = max(ends.next - done, 0)
    return Partition(number, _mode(row, lag, facts.at), row, ends, lag)


def _mode(row: Row | None, lag: int | None, at: datetime) -> Mode:
    if row is None:
        return Mode.NOBODY
    tests = (
        (Mode.HALTED, bool(row.halted)),
        (Mode.STUCK, row.opened_at is not None and at - row.opened_at > STUCK),
        (Mode.SILENT, at - row.seen_at > SILENT),
        (Mode.VERIFYING, row.verify_until is not None and at < row.verify_until),
        (Mode.WRITING, row.opened_at is not None),
        (Mode.NORMAL, bool(lag)),
    )
    return next((mode for mode, holds in tests if holds), Mode.IDLE)


Rule = Callable[[Facts, Sequence[Partition]], Iterator[str]]


def _engines_away(facts: Facts, _partitions: Sequence[Partition]) -> Iterator[str]:
    for what, why in facts.away.items():
        yield f"{what} cannot be asked: {why}"


def _nobody_ever(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    if facts.rows is not None and not facts.rows:
        yield f"no consumer has ever worked on {facts.topic}: {facts.start}"
    elif facts.rows is not None:
        free = [each for each in partitions if each.row is None]
        if free:
            yield f"nobody has taken {_names(free)} yet: {facts.start}, or wait for the group"


def _silent(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    """No sign of life: the process is gone, or it waits for an engine (then it has members)."""
    silent = [each for each in partitions if each.mode in {Mode.SILENT, Mode.STUCK}]
    if not silent:
        return
    last = max(each.row.seen_at for each in silent if each.row is not None)
    since = f"no sign of life since {last:%Y-%m-%d %H:%M:%S} UTC"
    if facts.group_state == "STABLE":
        yield (
            f"{_names(silent)}: {since}, though the group has members: they wait for an engine; "
            "see their log and `manage.py doctor`"
        )
    elif len(silent) == len(partitions):
        yield f"no consumer runs ({since}): {facts.start}"
    else:
        yield f"nobody works on {_names(silent)} ({since}): {facts.start}"


def _stuck(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    for each in partitions:
        row = each.row
        if each.mode is Mode.STUCK and row is not None and row.opened_at is not None:
            minutes = int((facts.at - row.opened_at).total_seconds() // 60)
            yield (
                f"partition {each.partition}: the batch {row.open_first} to {row.open_last} has "
                f"been open for {minutes} minutes; the next consumer of the partition finishes it"
            )


def _halted(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    for each in partitions:
        if each.row is not None and each.row.halted:
            yield (
                f"partition {each.partition} stands still: {each.row.halted}; repair what sends "
                f"them, or run `manage.py {facts.command} --accept-dead-letters`"
            )


def _lost(_facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    for each in partitions:
        if each.row is None or each.ends is None or each.lag is None:
            continue
        gone = each.ends.first - each.row.next_offset
        if gone > 0 and each.row.topic_id:
            yield (
                f"partition {each.partition}: Kafka has deleted {gone} messages that were not "
                "stored; lengthen its retention"
            )


def _ahead(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    """Another incarnation of the topic, or a log that lost its end."""
    if facts.topic_id is None:
        return
    other = [each for each in partitions if each.row and each.row.topic_id != facts.topic_id]
    if other:
        yield f"{facts.topic} was made again and nobody has taken {_names(other)} of the new one"
    for each in partitions:
        if each.row is None or each.ends is None or each in other:
            continue
        if each.row.next_offset > each.ends.next:
            yield (
                f"partition {each.partition}: stored up to {each.row.next_offset}, but Kafka ends "
                f"at {each.ends.next}: the broker has lost messages"
            )


def _behind(facts: Facts, partitions: Sequence[Partition]) -> Iterator[str]:
    late = []
    for each in partitions:
        if each.mode not in {Mode.NORMAL, Mode.WRITING, Mode.VERIFYING} or not each.lag:
            continue
        seen = [at for at in (each.row.watermark, each.row.caught_up_at) if at] if each.row else []
        if seen and facts.at - max(seen) > BEHIND:
            late.append(each)
    if late:
        waiting = sum(each.lag or 0 for each in late)
        yield (
            f"{_names(late)}: more than {BEHIND.seconds // 60} minutes behind ({waiting} messages "
            "wait): run more consumers, up to one per partition"
        )


def _names(partitions: Sequence[Partition]) -> str:
    numbers = ", ".join(str(each.partition) for each in partitions)
    return f"partition{'s' if len(partitions) > 1 else ''} {numbers}"


RULES: Final[tuple[Rule, ...]] = (
    _engines_away,
    _nobody_ever,
    _halted,
    _lost,
    _ahead,
    _silent,
    _stuck,
    _behind,
)
