"""Ask PostgreSQL and Kafka how the consumers are doing; one that is away only leaves a gap."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from typing import Final, TypeVar

from adplatform.clients import kafka
from adplatform.clients.errors import EngineNotRunning
from events import ledger
from events.models import PartitionLedger
from events.replay.read import Selection, letters
from events.status.verdict import DeadLetters, Ends, Facts, Row
from events.topics import Channel

LATEST: Final = 10_000  # dead letters of a partition whose reasons are counted
ROW_FIELDS: Final = tuple(each.name for each in fields(Row))

Answer = TypeVar("Answer")


def gather(channel: Channel, *, reasons: bool = True) -> Facts:
    """What can be found out now; the ledger is read first, so that Kafka's ends are never behind.

    Without ``reasons`` the dead-letter topic is not read, and the group is not asked about: that
    has aborted a process whose broker was restarted since it asked before.
    """
    away: dict[str, str] = {}
    topic, group = channel.topic, channel.group
    rows = _asked(away, "PostgreSQL", lambda: [_row(each) for each in ledger.rows(topic)])
    ends = _asked(away, "Kafka", lambda: _ends(topic))
    described = _asked(away, "Kafka", lambda: kafka.describe(topic)) if ends is not None else None
    state = (
        _asked(away, "Kafka", lambda: kafka.group_state(group)) if described and reasons else None
    )
    dead = (
        _asked(away, "Kafka", lambda: _dead_letters(channel.dead_letters))
        if reasons and described
        else None
    )
    return Facts(
        at=datetime.now(UTC),
        topic=topic,
        group=group,
        command=channel.command,
        rows=rows,
        topic_id=described.id if described else None,
        ends=ends,
        group_state=state,
        dead_letters=dead,
        away=away,
    )


def _asked(away: dict[str, str], what: str, ask: Callable[[], Answer]) -> Answer | None:
    try:
        return ask()
    except (
        ledger.LedgerUnavailable,
        kafka.KafkaError,
        kafka.NoTopic,
        EngineNotRunning,
    ) as exc:
        away[what] = " ".join(str(exc).split())
        return None


def _row(row: PartitionLedger) -> Row:
    return Row(**{name: getattr(row, name) for name in ROW_FIELDS})


def _ends(topic: str) -> dict[int, Ends]:
    found = kafka.ends(topic)
    return {partition: Ends(each.first, each.next) for partition, each in found.items()}


def _dead_letters(topic: str) -> DeadLetters:
    found = kafka.ends(topic)
    starts = {partition: max(each.next - LATEST, each.first) for partition, each in found.items()}
    reasons = Counter(each.reason for each in letters(Selection(starts=starts), topic))
    size = sum(each.next - each.first for each in found.values())
    looked_at = sum(each.next - starts[partition] for partition, each in found.items())
    return DeadLetters(size, looked_at, dict(reasons.most_common()))
