"""How an exchange treats its bidders: which notices come when, how often, or not at all (pure)."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from rtb.exchange.market import Outcome
from rtb.exchange.shares import one_of

HOLD_SECONDS = 60.0  # of a bid that says nothing of its expiry
LATE_SECONDS = 30.0  # after a hold has expired


class Fate(StrEnum):
    """What happens to a bid's notices."""

    ONCE = "once"
    TWICE = "twice"
    LATE = "late"  # after the hold has expired
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Manners:
    """Shares of 1; seconds."""

    twice: float = 0.02
    late: float = 0.005
    never: float = 0.01
    loss: float = 0.9  # of losses that are told
    min_to_win: float = 0.8  # of notices that say what would have won
    post: float = 0.2  # of notices that come by POST
    render: float = 0.94  # of wins that are shown: the others are forfeited, and never billed
    audit: float = 0.0  # of bids whose markup is rendered to judge it, before any auction
    view: float = 0.7
    ctr: float = 0.01
    late_after: float | None = None  # seconds after the auction, in place of the bid's expiry
    pace: float = 1.0  # visitors and servers take so many times as long as they usually do

    def fate(self, rng: Random) -> Fate:
        once = max(1.0 - self.twice - self.late - self.never, 0.0)
        fates = {Fate.ONCE: once, Fate.TWICE: self.twice, Fate.LATE: self.late}
        return one_of(rng, fates | {Fate.NEVER: self.never})

    def late_seconds(self, expiry: int) -> float:
        """How long after the auction a late notice comes, for a bid that expires so."""
        if self.late_after is not None:
            return self.late_after
        return (expiry or HOLD_SECONDS) + LATE_SECONDS


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to be sent."""

    kind: str  # win, billing, loss
    after: float  # seconds from the auction
    by_post: bool
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Sequel:
    """What follows a bid: notices, and when it is shown (None: never)."""

    notices: tuple[Notice, ...]
    shown_after: float | None = None
    fate: Fate = Fate.ONCE
    tells_min_to_win: bool = True


def sequel(outcome: Outcome, manners: Manners, rng: Random, *, expiry: int = 0) -> Sequel:
    """What an exchange with such manners does after an auction."""
    tells = rng.random() < manners.min_to_win
    if not outcome.won:
        told = rng.random() < manners.loss
        found = (
            (_notice("loss", manners.pace * rng.uniform(0.02, 0.3), manners, rng),) if told else ()
        )
        return Sequel(found, tells_min_to_win=tells)
    fate, win_after = manners.fate(rng), manners.pace * rng.uniform(0.02, 0.3)
    shown_after = manners.pace * rng.uniform(0.1, 1.0) if rng.random() < manners.render else None
    win = _notice("win", win_after, manners, rng)
    if shown_after is None:
        return Sequel((win,), None, fate, tells)
    bill_after = max(shown_after, win_after) + manners.pace * rng.uniform(0.0, 0.3)
    if fate is Fate.LATE:
        bill_after = manners.late_seconds(expiry)
    bill = _notice("billing", bill_after, manners, rng)
    if fate is Fate.NEVER:
        return Sequel((), shown_after, fate, tells)
    if fate is Fate.TWICE:
        again = (_repeat(win, manners, rng), _repeat(bill, manners, rng))
        return Sequel((win, bill, *again), shown_after, fate, tells)
    return Sequel((win, bill), shown_after, fate, tells)


def _notice(kind: str, after: float, manners: Manners, rng: Random) -> Notice:
    return Notice(kind, after, by_post=rng.random() < manners.post)


def _repeat(notice: Notice, manners: Manners, rng: Random) -> Notice:
    after = notice.after + manners.pace * rng.uniform(0.0, 2.0)
    return Notice(notice.kind, after, notice.by_post, is_repeat=True)
