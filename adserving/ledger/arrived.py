"""Whether ClickHouse holds every bill from before a moment: what Kafka held then is all stored.

A bill is on its way for a while: booked in Redis, its event waits in a process's producer or, while
the broker is away, in the spool on this machine's disk. So the ends of the partitions are asked
for a little after the moment, and with an empty spool; once the consumer has come so far, all are
there.
"""

from typing import Final

import msgspec
from django.conf import settings

from adplatform.clients import kafka
from adplatform.clients import redis as redis_client
from adplatform.clients.errors import EngineNotRunning
from events import ledger
from events.spool import Spool

GRACE_MS: Final = 2000
ENDS_SECONDS: Final = 86_400
Ends = dict[int, int]  # by partition: the next offset that Kafka would give

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ends).decode


def lacks(key: str, since_ms: int, now_ms: int) -> str:
    """What ClickHouse may lack of the events from before ``since_ms``; empty: nothing.

    The ends are kept under ``key``, so that a topic that always grows is waited for only once.
    """
    try:
        ends = _ends(key, since_ms, now_ms)
        return _behind(ends) if ends is not None else "events may still be on their way to Kafka"
    except (kafka.KafkaError, kafka.NoTopic, EngineNotRunning) as exc:
        return f"Kafka does not say how much there is: {exc}"
    except ledger.LedgerUnavailable as exc:
        return str(exc)


def _ends(key: str, since_ms: int, now_ms: int) -> Ends | None:
    known = redis_client.call("get", lambda connected: connected.get(key))
    if isinstance(known, bytes):
        return _decode(known)
    if now_ms < since_ms + GRACE_MS or _spooled():
        return None
    found = {partition: each.next for partition, each in kafka.ends(settings.EVENTS_TOPIC).items()}
    redis_client.call("set", lambda connected: connected.set(key, _encode(found), ex=ENDS_SECONDS))
    return found


def _spooled() -> bool:
    return Spool(settings.DATA_DIR / "spool", settings.EVENTS_SPOOL_BYTES).measure() > 0


def _behind(ends: Ends) -> str:
    stored = {row.partition: row.next_offset for row in ledger.rows(settings.EVENTS_TOPIC)}
    missing = sum(max(0, end - stored.get(partition, 0)) for partition, end in ends.items())
    return f"the consumer has {missing} events to store" if missing else ""
