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

ENDS_SECONDS: Final = 86_400
SPOOLED: Final = "events wait on this machine's disk for Kafka"
Ends = dict[int, int]  # by partition: the next offset that Kafka would give

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Ends).decode


class Arrivals:
    """What Kafka and the consumer say, asked at most once each, for several accounts."""

    def __init__(self) -> None:
        self._ends: Ends | None = None
        self._stored: Ends | None = None

    def lacks(self, key: str) -> str:
        """What ClickHouse may lack of the events made until a moment ago; empty: nothing.

        The ends are kept under ``key``: a topic that always grows is waited for only once.
        """
        try:
            ends = self._ends_of(key)
            return self._behind(ends) if ends is not None else SPOOLED
        except (kafka.KafkaError, kafka.NoTopic, EngineNotRunning) as exc:
            return f"Kafka does not say how much there is: {exc}"
        except ledger.LedgerUnavailable as exc:
            return str(exc)

    def _ends_of(self, key: str) -> Ends | None:
        known = redis_client.call("get", lambda connected: connected.get(key))
        if isinstance(known, bytes):
            return _decode(known)
        if self._ends is None:
            self._ends = _ends_now()
        if self._ends is not None:
            value = _encode(self._ends)
            redis_client.call("set", lambda connected: connected.set(key, value, ex=ENDS_SECONDS))
        return self._ends

    def _behind(self, ends: Ends) -> str:
        if self._stored is None:
            rows = ledger.rows(settings.EVENTS_TOPIC)
            self._stored = {row.partition: row.next_offset for row in rows}
        missing = sum(max(0, end - self._stored.get(each, 0)) for each, end in ends.items())
        return f"the consumer has {missing} events to store" if missing else ""


def _ends_now() -> Ends | None:
    """None: some events have not even reached Kafka."""
    if Spool(settings.DATA_DIR / "spool", settings.EVENTS_SPOOL_BYTES).measure():
        return None
    found = kafka.ends(settings.EVENTS_TOPIC)
    return {partition: each.next for partition, each in found.items()}
