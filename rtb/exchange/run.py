"""[FLOW] The exchange at work: threads that call the bidder, threads for all that follows."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from threading import Event, Lock, Thread

from rtb.exchange.agenda import Agenda
from rtb.exchange.arrivals import Arrivals
from rtb.exchange.auction import Auctioneer
from rtb.exchange.ledger import Ledger
from rtb.exchange.plan import Plan
from rtb.exchange.traffic import Call, Traffic
from rtb.exchange.wire import Wire

STOP_SECONDS = 30.0


@dataclass(slots=True)
class Exchange:
    """A running simulation; ``stop`` lets every auction come to its end."""

    plan: Plan
    ledger: Ledger = field(default_factory=Ledger)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    left_undone: int = field(default=0, init=False)  # notices whose time had not come
    _traffic: Traffic = field(init=False)
    _agenda: Agenda = field(init=False)
    _stopping: Event = field(default_factory=Event, init=False)
    _sent: int = field(default=0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)
    _threads: list[Thread] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        rng = Random(self.plan.seed)  # noqa: S311 - a simulation
        self._traffic = Traffic(rng, self.plan.rates, self.plan.mix)
        self._agenda = Agenda(self.plan.home)

    def start(self) -> None:
        """Begin; returns at once."""
        arrivals = Arrivals(self.plan.rate, Random(self.plan.seed + 1))  # noqa: S311
        self._agenda.start(max(2, self.plan.threads // 2))
        for number in range(self.plan.threads):
            thread = Thread(
                target=self._call, args=(arrivals,), name=f"auctions-{number}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    @property
    def is_over(self) -> bool:
        """Whether all requests of the plan were sent."""
        return self.plan.requests is not None and not any(t.is_alive() for t in self._threads)

    def stop(self) -> None:
        """No more requests; then wait for auctions, notices and visits that are under way."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
        self.left_undone = self._agenda.drain(self.plan.drain_seconds)

    def _call(self, arrivals: Arrivals) -> None:
        plan, wire = self.plan, Wire(self.plan.home)
        auctioneer = Auctioneer(plan.rates, plan.manners, self.ledger, self._agenda, plan.renders)
        try:
            while not self._stopping.wait(arrivals.wait_seconds()):
                hour = self.now().hour
                drawn = self._draw(hour)
                if drawn is None:
                    return
                number, call = drawn
                chance = Random(f"{plan.seed}:{number}")  # noqa: S311 - a simulation
                auctioneer.sell(call, wire, hour, chance)
        finally:
            wire.close()

    def _draw(self, hour: int) -> tuple[int, Call] | None:
        """The next request and its number; None when there were enough."""
        with self._lock:
            if self.plan.requests is not None and self._sent >= self.plan.requests:
                return None
            self._sent += 1
            return self._sent, self._traffic.next(hour)


def run(plan: Plan, look: Callable[[Exchange], None], *, every: float = 5.0) -> Exchange:
    """Run a plan to its end or until Ctrl-C; ``look`` is called every few seconds."""
    exchange = Exchange(plan)
    exchange.start()
    began = time.monotonic()
    due = began + every
    try:
        while not exchange.is_over:
            now = time.monotonic()
            if plan.duration is not None and now - began >= plan.duration:
                break
            if now >= due:
                look(exchange)
                due += every
            time.sleep(0.05)
    except KeyboardInterrupt:
        pass
    exchange.stop()
    return exchange
