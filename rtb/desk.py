"""What this process bids with, kept up to date in the background; requests only read it."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Final

import structlog

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adplatform.money import Micros
from adserving.ledger.rebuild import rebuild_where_needed
from adserving.snapshot import Snapshot
from rtb import counted, worth
from rtb.bid import Outcome
from rtb.book import Book
from rtb.compile import PolicyBook, compile_books
from rtb.draws import paced
from rtb.learned import TenantState
from rtb.price import base_value, most_of
from rtb.qps import Throttle
from rtb.reasons import NoBid
from rtb.records import BidRecord
from rtb.rules.impression import Losses
from rtb.spent import Spent
from rtb.ssp import SspConfig
from rtb.state import read_state
from rtb.tally import Tally
from rtb.trading import NOTHING_LEARNED, Trading
from rtb.worth import Worth

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 1.0
ADS_A_SECOND: Final = 1000  # so many ads add a second to the time between two flushes
LONGEST_FLUSH_SECONDS: Final = 300.0
ZERO: Final = Micros(0)


@dataclass(frozen=True, slots=True)
class Opened:
    """What one assignment swaps."""

    ssps: Mapping[str, SspConfig] = field(default_factory=dict)
    trading: Mapping[int, Trading] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """One for each process; ``tell`` stores a record, ``policies`` are all accounts' guardrails."""

    tell: Callable[[BidRecord], None]
    policies: PolicyBook
    throttle: Throttle = field(default_factory=Throttle)
    flush_seconds: float = 15.0
    rng: Random = field(default_factory=Random)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _opened: Opened = field(default_factory=Opened)
    _closed: list[Trading] = field(default_factory=list)  # books that were swapped out
    _states: Mapping[int, TenantState] = field(default_factory=dict)
    _flushed_at: float = field(default_factory=time.monotonic)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def ssp(self, key: str) -> SspConfig | None:
        return self._opened.ssps.get(key)

    def trading(self, tenant_id: int) -> Trading | None:
        """None while this process still loads."""
        return self._opened.trading.get(tenant_id)

    def admits(self, ssp: SspConfig, at: float) -> bool:
        return self.throttle.admits(ssp.id, ssp.qps_limit, at)

    def load(self, snapshot: Snapshot) -> None:
        """Compile the books anew and swap them in."""
        with metrics.BID_BOOKS_SECONDS.time():
            self._load(snapshot)

    def _load(self, snapshot: Snapshot) -> None:
        compiled = compile_books(snapshot, self.policies, self.rng)
        with self._writing:
            self._closed += self._opened.trading.values()
            books = compiled.books.items()
            trading = {tenant_id: self._trading_of(book, None) for tenant_id, book in books}
            self._opened = Opened(compiled.ssps, trading)

    def tick(self) -> None:
        """What changes by the second: flights, rates, predictions; then report what was counted."""
        states = self._read_states()
        with self._writing:
            self._states = states
            moved = {
                tenant_id: self._trading_of(trading.book, trading)
                for tenant_id, trading in self._opened.trading.items()
            }
            self._opened = replace(self._opened, trading=moved)
        self._flush_when_due()

    def mend_ledgers(self) -> None:
        """Go on with the rebuilding of every ledger that is not complete."""
        trading = self._opened.trading.values()
        zones = {each.book.tenant.id: each.book.tenant.timezone for each in trading}
        for tenant_id, why in rebuild_where_needed(zones).items():
            log.info("ledger_waits", tenant_id=tenant_id, why=why)

    def count(self, ssp: SspConfig, outcome: Outcome) -> None:
        """Why there was no bid, and which ads were turned away."""
        trading = outcome.trading or self.trading(ssp.tenant_id)
        if trading is not None:
            losses = (*trading.off, *outcome.losses)
            trading.tally.add(ssp.id, outcome.reason or "", losses)

    def flush(self) -> None:
        """Tell what was counted; also of books that were swapped out, once more for latecomers."""
        with self._writing:
            closed, self._closed = self._closed, []
            self._flushed_at = time.monotonic()
        now = self.now()
        for trading in (*closed, *self._opened.trading.values()):
            for counted_record in counted.records(trading.book, trading.tally, now):
                self.tell(counted_record)

    def _flush_when_due(self) -> None:
        """Rarely where there are many ads: each flush is one record for each of them and more."""
        ads = sum(len(each.book.ads) for each in self._opened.trading.values())
        due = max(self.flush_seconds, min(ads / ADS_A_SECOND, LONGEST_FLUSH_SECONDS))
        if time.monotonic() - self._flushed_at >= due:
            self.flush()

    def _read_states(self) -> Mapping[int, TenantState]:
        """The rates and predictions of the background jobs; the last known while Redis is away."""
        try:
            return read_state(list(self._opened.trading))
        except (RedisError, EngineNotRunning) as exc:
            log.warning("bid_state_not_read", problem=str(exc))
            return self._states

    def _trading_of(self, book: Book, before: Trading | None) -> Trading:
        """The book as it stands now; what did not change is taken over from before."""
        state = self._states.get(book.tenant.id, NOTHING_LEARNED)
        same = before if before and before.book is book and before.state is state else None
        spent = before.spent if before else Spent()
        off = _off(book, self.now(), spent)
        base = same.base if same else _base(book, state)
        slowed = same.paced if same else paced(book.ads, state.rates)
        return Trading(
            book=book,
            ads=_without(book.everyone, off),
            off=off,
            worth=same.worth if same else _worth(book, base),
            base=base,
            paced=slowed,
            sits_out=slowed.draw(self.rng) if slowed else (),
            state=state,
            policies=self.policies.of(book.tenant.id),
            spent=spent,
            tally=before.tally if before and before.book is book else Tally(),
        )


def _off(book: Book, now: datetime, spent: Spent) -> Losses:
    """The ads that may not bid at this moment, each once, and why."""
    off: Losses = []
    left = book.everyone
    for why, ads in ((NoBid.NOT_IN_FLIGHT, book.not_in_flight(now)), *spent.tick(book)):
        if ads & left:
            off.append((why, ads & left))
            left &= ~ads
    return off


def _without(ads: int, off: Losses) -> int:
    for _, away in off:
        ads ^= away
    return ads


def _base(book: Book, state: TenantState) -> Mapping[int, Micros]:
    """What each line item is worth before multipliers; 0 where its strategy does not say."""
    return {ad.line_item.id: base_value(ad, state.predicted) or ZERO for ad in book.ads}


def _worth(book: Book, base: Mapping[int, Micros]) -> Worth:
    return worth.build([most_of(base[ad.line_item.id], ad.strategy) for ad in book.ads])
