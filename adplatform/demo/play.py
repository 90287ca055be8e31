"""[FLOW] The demo on a running platform: seed, introduce, send visitors and requests, compare."""

import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from adplatform.demo import file, words
from adplatform.demo.browser import Unanswered
from adplatform.demo.exchange import exchange_of, is_bidding, say_outcome
from adplatform.demo.figures import Ledger, ReportUnreadable, verdict
from adplatform.demo.traffic import Traffic
from adplatform.demo.welcome import is_served
from rtb.exchange.run import Exchange
from rtb.exchange.words import live_line

DEFAULT_RATE = 40.0
TICK_SECONDS = 0.2
SUMMARY_SECONDS = 5.0
SERVED_SECONDS = 30.0
CHECKS_PER_WORKER = 5
SETTLE_SECONDS = 60.0
SETTLE_AFTER_SIGNAL_SECONDS = 15.0


class Stage(Protocol):
    """The part of ``supervise.Platform`` that a demo needs."""

    @property
    def base_url(self) -> str: ...

    def say(self, line: str) -> None: ...

    def wait_ready(self) -> None: ...

    def manage(self, *command: str) -> str: ...

    def pause(self, seconds: float) -> None: ...

    def run_until_signal(self, tick: Callable[[], object] | None, every: float) -> None: ...


class DemoFailed(Exception):
    """The demo cannot go on, or its report is wrong."""


class TimeIsUp(Exception):
    """The asked-for duration is over."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What `manage.py demo` was told."""

    data_dir: Path
    port: int
    host: str
    workers: int = 1
    traffic: bool = True
    duration: float | None = None
    rate: float = DEFAULT_RATE


def positive(text: str) -> float:
    """A number above 0; raises ValueError for anything else."""
    number = float(text)
    if not 0.0 < number < float("inf"):
        raise ValueError(text)
    return number


def play(stage: Stage, plan: Plan) -> None:
    """Run the demo until a signal comes or its duration is over.

    Raises:
        DemoFailed: the report does not equal what the visitors sent.
    """
    stage.wait_ready()
    stage.manage("demo", "--seed-only", "--host", plan.host, "--port", str(plan.port))
    demo = file.read(plan.data_dir)
    _wait_until_served(stage, demo, plan)
    words.introduce(stage.say, demo, plan.data_dir / file.NAME)
    if plan.traffic:
        _send_visitors(stage, demo, plan)
    else:
        _watch(stage, Clock(plan.duration), lambda: None)


@dataclass(slots=True)
class Clock:
    """Time since the demo began; ``check`` ends it."""

    duration: float | None
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_over(self) -> bool:
        return self.duration is not None and self.elapsed >= self.duration


def _wait_until_served(stage: Stage, demo: file.Demo, plan: Plan) -> None:
    """Until every web process has swapped in a snapshot that knows the demo."""
    deadline = time.monotonic() + SERVED_SECONDS
    in_a_row = 0
    while in_a_row < CHECKS_PER_WORKER * plan.workers:
        if time.monotonic() > deadline:
            raise DemoFailed(f"the demo's ad is not served: {demo.template_url}")
        in_a_row = in_a_row + 1 if _served(demo) else 0
        stage.pause(0.02 if in_a_row else 0.1)


def _served(demo: file.Demo) -> bool:
    try:
        return is_served(demo)
    except Unanswered:
        return False


def _wait_until_bidding(stage: Stage, demo: file.Demo) -> None:
    """Budgets are counted anew after a start; a bidder that waits for them longer is only slow."""
    deadline = time.monotonic() + SERVED_SECONDS
    while time.monotonic() < deadline:
        with suppress(Unanswered):
            if is_bidding(demo):
                return
        stage.pause(0.2)
    stage.say("the bidder does not bid yet: its metrics and the admin say why")


def _send_visitors(stage: Stage, demo: file.Demo, plan: Plan) -> None:
    _wait_until_bidding(stage, demo)
    ledger = Ledger.open(demo, now=datetime.now(UTC))
    traffic, exchange = Traffic(demo, plan.rate), exchange_of(demo)
    clock = Clock(plan.duration)
    traffic.start(random.Random())  # noqa: S311 - a simulation
    exchange.start()
    try:
        _watch(stage, clock, _summaries(stage, ledger, traffic, exchange, clock))
    finally:
        traffic.stop()
        exchange.stop()
    say_outcome(stage.say, exchange, clock.began)
    _compare(stage, ledger, traffic, clock)


def _watch(stage: Stage, clock: Clock, look: Callable[[], None]) -> None:
    """Look again and again until a signal comes or time is up."""

    def tick() -> None:
        if clock.is_over:
            raise TimeIsUp
        look()

    try:
        stage.run_until_signal(tick, TICK_SECONDS)
    except TimeIsUp:
        return


def _summaries(
    stage: Stage, ledger: Ledger, traffic: Traffic, exchange: Exchange, clock: Clock
) -> Callable[[], None]:
    due = time.monotonic() + SUMMARY_SECONDS

    def look() -> None:
        nonlocal due
        if time.monotonic() >= due:
            stage.say(_progress(ledger, traffic))
            stage.say(live_line(exchange.ledger, clock.elapsed))
            due += SUMMARY_SECONDS

    return look


def _progress(ledger: Ledger, traffic: Traffic) -> str:
    try:
        return words.summary(traffic.tally, ledger.reported())
    except ReportUnreadable as exc:  # web is being started again, for example
        return f"visits {traffic.tally.visits:,} · no report now: {exc}"


def _compare(stage: Stage, ledger: Ledger, traffic: Traffic, clock: Clock) -> None:
    """Say whether the report equals what was sent, once the last events are through."""
    sent = traffic.tally.counts
    stage.say(words.stopped(traffic.tally, clock.elapsed))
    began = time.monotonic()
    patience = SETTLE_SECONDS if clock.is_over else SETTLE_AFTER_SIGNAL_SECONDS
    reported = ledger.settle(sent, patience_seconds=patience)
    for line in words.problems(traffic.tally):
        stage.say(line)
    if reported != sent:
        raise DemoFailed(verdict(sent, reported))
    stage.say(f"{verdict(sent, reported)} (after {time.monotonic() - began:.1f} s)")
