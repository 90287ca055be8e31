"""Holds that are written behind their bids: many in one round trip, while the bidder goes on.

Only for budgets that are far from used up (``rtb.spent``). At most MOST holds of a process are
under way at any moment; a process that dies takes no more than those with it, and their bills are
then booked as late ones.
"""

from collections.abc import Callable, Sequence
from typing import Final

import structlog

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adplatform.gather import Gather
from adserving.ledger.reserve import LedgerNotReady, reserve
from adserving.ledger.slots import Answer, Hold, Slot

log = structlog.get_logger(__name__)

MOST: Final = 512
CHUNK: Final = 64  # slots of one call: Redis serves nobody else for about 2 ms
GATHER_SECONDS: Final = 0.005  # no exchange has ended its auction and told us by then

Reserve = Callable[[int, None, Sequence[Slot]], list[Answer]]


def behind(reserve_: Reserve = reserve) -> Gather[Hold]:
    """The queue of one process; each hold is told its answer."""

    def work(holds: Sequence[Hold]) -> None:
        accounts: dict[int, list[Hold]] = {}
        for hold in holds:
            accounts.setdefault(hold[0], []).append(hold)
        for tenant_id, entries in accounts.items():
            for start in range(0, len(entries), CHUNK):
                _hold(reserve_, tenant_id, entries[start : start + CHUNK])

    return Gather(work, most=MOST, seconds=GATHER_SECONDS)


def _hold(reserve_: Reserve, tenant_id: int, entries: Sequence[Hold]) -> None:
    answers: Sequence[Answer | None]
    try:
        answers = reserve_(tenant_id, None, [slot for _, slot, _ in entries])
    except (LedgerNotReady, RedisError, EngineNotRunning) as exc:
        log.warning("holds_lost", tenant_id=tenant_id, holds=len(entries), problem=str(exc))
        metrics.UNCOUNTED.labels("hold").inc(len(entries))
        answers = [None] * len(entries)  # asking again might hold it twice
    for (_, _, told), answer in zip(entries, answers, strict=True):
        told(answer)
