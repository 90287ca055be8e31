"""Holds that are written behind their bids: many in one round trip, while the bidder goes on.

Only for budgets that are far from used up (``rtb.spent``). At most MOST holds of a process are
under way at any moment; a process that dies takes no more than those with it, and their bills are
then booked as late ones.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adserving.ledger.reserve import Answer, LedgerNotReady, Slot, reserve

log = structlog.get_logger(__name__)

MOST: Final = 512
CHUNK: Final = 64  # slots of one call: Redis serves nobody else for about 2 ms
GATHER_SECONDS: Final = 0.003  # no exchange has ended its auction and told us by then

Told = Callable[[Answer | None], None]  # None: it is not known whether the money is held
Reserve = Callable[[int, None, Sequence[Slot]], list[Answer]]


class Behind:
    """The queue of one process. ``put`` may be called by many threads, ``flush`` by one."""

    def __init__(self, reserve_: Reserve = reserve) -> None:
        self._reserve = reserve_
        self._queue: deque[tuple[int, Slot, Told]] = deque()
        self._under_way = 0
        self._filled = threading.Event()
        self._counting = threading.Lock()

    def put(self, tenant_id: int, slots: Sequence[tuple[Slot, Told]]) -> bool:
        """Take them all and return at once; False: too many are under way, nothing is taken."""
        with self._counting:
            if self._under_way + len(slots) > MOST:
                return False
            self._under_way += len(slots)
        self._queue.extend((tenant_id, slot, told) for slot, told in slots)
        if not self._filled.is_set():
            self._filled.set()
        return True

    def flush(self) -> None:
        """Hold all that is queued, and tell each its answer."""
        self._filled.clear()
        waiting: dict[int, list[tuple[Slot, Told]]] = {}
        while self._queue:
            tenant_id, slot, told = self._queue.popleft()
            waiting.setdefault(tenant_id, []).append((slot, told))
        for tenant_id, entries in waiting.items():
            for start in range(0, len(entries), CHUNK):
                self._hold(tenant_id, entries[start : start + CHUNK])

    def run(self) -> None:
        """Flush whenever something is queued, a moment later so that more of it goes together."""
        while True:
            self._filled.wait()
            time.sleep(GATHER_SECONDS)
            self.flush()

    def _hold(self, tenant_id: int, entries: Sequence[tuple[Slot, Told]]) -> None:
        answers: Sequence[Answer | None]
        try:
            answers = self._reserve(tenant_id, None, [slot for slot, _ in entries])
        except (LedgerNotReady, RedisError, EngineNotRunning) as exc:
            log.warning("holds_lost", tenant_id=tenant_id, holds=len(entries), problem=str(exc))
            metrics.UNCOUNTED.labels("hold").inc(len(entries))
            answers = [None] * len(entries)  # asking again might hold it twice
        try:
            for (_, told), answer in zip(entries, answers, strict=True):
                told(answer)
        finally:
            with self._counting:
                self._under_way -= len(entries)
