"""The consumers' status as a table for eyes and as JSON for scripts."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Final

import msgspec

from events.replay.letter import shown
from events.status.verdict import Mode, Partition, Status

COLUMNS: Final = (
    ("PARTITION", 9),
    ("MODE", 16),
    ("LAG", 9),
    ("NEXT", 10),
    ("OPEN BATCH", 19),
    ("LAST BATCH", 17),
    ("INSERTED", 10),
    ("DUPLICATES", 10),
    ("DEAD", 6),
    ("FRESH UNTIL", 11),
    ("CAUGHT UP", 9),
    ("OWNER", 0),
)


def table(status: Status) -> Iterator[str]:
    """A line per partition, totals, dead letters, and what is wrong."""
    yield _line(name for name, _ in COLUMNS)
    for each in status.partitions:
        yield _line(_cells(each, status.facts.at))
        yield from _remarks(each)
    yield from _totals(status)
    yield ""
    if not status.problems:
        yield "nothing is wrong"
    for problem in status.problems:
        yield f"WRONG  {shown(problem, 400)}"


def as_json(status: Status) -> str:
    """Everything, with ``ok``."""
    return msgspec.json.encode(
        {
            "ok": not status.problems,
            "command": status.facts.command,
            "at": status.facts.at,
            "topic": status.facts.topic,
            "group": status.facts.group,
            "group_state": status.facts.group_state,
            "lag": status.lag,
            "problems": status.problems,
            "partitions": [_as_dict(each) for each in status.partitions],
            "dead_letters": status.facts.dead_letters and asdict(status.facts.dead_letters),
        }
    ).decode()


def _as_dict(each: Partition) -> dict[str, object]:
    row = asdict(each.row) if each.row else {}
    ends = {"kafka_first": each.ends.first, "kafka_next": each.ends.next} if each.ends else {}
    return {"partition": each.partition, "mode": each.mode.value, "lag": each.lag, **row, **ends}


def _cells(each: Partition, at: datetime) -> Iterator[str]:
    yield str(each.partition)
    yield each.mode.value
    yield _number(each.lag)
    row = each.row
    if row is None:
        return
    yield str(row.next_offset)
    yield f"{row.open_first}-{row.open_last}" if row.open_first is not None else "-"
    yield f"{row.last_batch_rows} rows {_ago(row.last_batch_at, at)}" if row.last_batch_at else "-"
    yield str(row.inserted)
    yield str(row.duplicates)
    yield str(row.dead_letters)
    yield _ago(row.watermark, at)
    yield _ago(row.caught_up_at, at)
    yield shown(row.owner, 60)


def _remarks(each: Partition) -> Iterator[str]:
    row = each.row
    if row is not None and each.mode is Mode.VERIFYING and row.verify_until is not None:
        why = shown(row.verify_reason, 100)
        yield f"{'':9} asks ClickHouse too until {row.verify_until:%Y-%m-%d %H:%M} UTC: {why}"
    if row is not None and row.halted:
        yield f"{'':9} {shown(row.halted, 120)}"


def _totals(status: Status) -> Iterator[str]:
    rows = [each.row for each in status.partitions if each.row is not None]
    yield ""
    yield (
        f"total: {_number(status.lag)} wait, {sum(row.inserted for row in rows)} inserted, "
        f"{sum(row.duplicates for row in rows)} duplicates, "
        f"{sum(row.dead_letters for row in rows)} dead letters in {len(status.partitions)} "
        f"partitions; group {status.facts.group}: {status.facts.group_state or 'unknown'}"
    )
    dead = status.facts.dead_letters
    if dead is not None:
        reasons = ", ".join(f"{shown(name)} {count}" for name, count in dead.reasons.items())
        part = "" if dead.looked_at == dead.size else f" (of the latest {dead.looked_at})"
        yield f"dead-letter topic: {dead.size} messages; {reasons or 'none'}{part}"


def _line(cells: Iterable[str]) -> str:
    padded = [cell.ljust(width) for cell, (_, width) in zip(cells, COLUMNS, strict=False)]
    return " ".join(padded).rstrip()


def _number(value: int | None) -> str:
    return "?" if value is None else str(value)


def _ago(moment: datetime | None, at: datetime) -> str:
    if moment is None:
        return "-"
    seconds = max(int((at - moment).total_seconds()), 0)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
