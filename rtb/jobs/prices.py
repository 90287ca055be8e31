"""The job that learns prices: every five minutes, what became of the bids of the last days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from adplatform.clients import clickhouse
from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from rtb.jobs.bidders import accounts
from rtb.jobs.turn import turn
from rtb.landscape import Outcome, learn
from rtb.shading import Cell
from rtb.state import write_landscape

log = structlog.get_logger(__name__)

SECONDS: Final = 600
DAYS: Final = timedelta(days=4)
MOST_BIDS: Final = 200_000  # of an account: more are sampled
SILENT_AFTER: Final = timedelta(minutes=15)
OUTBID: Final = 102

BIDS: Final = """
SELECT sum(count) FROM rtb_minute_agg
WHERE tenant_id = %(tenant)s AND kind = 'BID' AND is_test = 0 AND deal_id = ''
  AND minute >= %(since)s
"""
OUTCOMES: Final = """
SELECT max(ssp_id), max(format), max(width), max(height), max(country), max(price_micros),
       countIf(kind IN ('WIN', 'BILLING')) > 0, countIf(kind = 'LOSS') > 0, max(loss_code),
       max(min_to_win_micros), min(ts)
FROM rtb_bids
WHERE tenant_id = %(tenant)s AND kind IN ('BID', 'WIN', 'BILLING', 'LOSS') AND ts >= %(since)s
  AND is_test = 0 AND deal_id = '' AND cityHash64(rtb_id) %% %(every)s = 0
GROUP BY rtb_id
HAVING max(auction_type) = 1 AND max(price_micros) > 0
"""


@dataclass(frozen=True, slots=True)
class Bid:
    """What became of one bid, as far as the exchange said it."""

    cell: Cell
    price: int
    is_won: bool
    is_lost: bool
    loss_code: int
    min_to_win: int
    at: datetime


def learn_prices(now: datetime) -> None:
    """Every account's; one that fails keeps its landscape and stops no other.

    Raises:
        Busy: the run before is still under way.
        RedisError: Redis is away.
    """
    with turn("prices", SECONDS):
        for account in accounts(now):
            try:
                bids = list(read_bids(account.id, now))
            except (ClickHouseError, EngineNotRunning) as exc:
                log.warning("prices_not_learned", tenant_id=account.id, problem=str(exc))
                continue
            write_landscape(account.id, learn(outcomes_of(bids, now)), now)


def read_bids(tenant_id: int, now: datetime) -> Iterator[Bid]:
    """Open first-price auctions of the last days, or an even sample of them."""
    scope = {"tenant": tenant_id, "since": now - DAYS}
    [(count,)] = clickhouse.query(BIDS, scope)
    every = max(1, -(-int(count) // MOST_BIDS))
    for ssp_id, kind, width, height, country, price, *rest in clickhouse.query(
        OUTCOMES, {**scope, "every": every}
    ):
        is_won, is_lost, loss_code, min_to_win, at = rest
        yield Bid(
            cell=Cell(int(ssp_id), kind, f"{width}x{height}", country),
            price=int(price),
            is_won=bool(is_won),
            is_lost=bool(is_lost),
            loss_code=int(loss_code),
            min_to_win=int(min_to_win),
            at=at.replace(tzinfo=UTC),
        )


def outcomes_of(bids: Sequence[Bid], now: datetime) -> Iterator[Outcome]:
    """Wins, losses, and the silence of exchanges that never tell of a loss: outbid, after a while.

    An exchange that does tell of losses and is silent about one bid may have dropped it: that says
    nothing.
    """
    telling = _exchanges_that_tell(bids)
    for bid in bids:
        is_silent = not bid.is_won and not bid.is_lost
        if is_silent and (bid.cell.ssp_id in telling or now - bid.at < SILENT_AFTER):
            continue
        yield Outcome(
            cell=bid.cell,
            price=bid.price,
            won=bid.is_won,
            min_to_win=bid.min_to_win,
            loss_code=OUTBID if is_silent else bid.loss_code,
            age_days=(now - bid.at) / timedelta(days=1),
        )


def _exchanges_that_tell(bids: Iterable[Bid]) -> set[int]:
    """Those from which losses came: at least for one in five bids that did not win."""
    lost: defaultdict[int, list[bool]] = defaultdict(list)
    for bid in bids:
        if not bid.is_won:
            lost[bid.cell.ssp_id].append(bid.is_lost)
    return {ssp_id for ssp_id, told in lost.items() if 5 * sum(told) >= len(told)}
