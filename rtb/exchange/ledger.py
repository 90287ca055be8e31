"""What the exchange saw, counted by all threads: the advertiser's outcome."""

from collections import Counter, deque
from dataclasses import dataclass, field
from threading import Lock

from rtb.exchange.market import Outcome
from rtb.exchange.validate import Violation

STORIES_KEPT = 20_000
LATENCIES_KEPT = 200_000
DOLLARS_PER_PRICE = 1000.0  # prices are per 1,000 impressions


@dataclass(slots=True)
class Story:
    """One valid bid, and what came of it. Prices are per 1,000 in ``currency``."""

    bid_id: str
    auction_id: str
    imp_id: str
    kind: str
    size: tuple[int, int]
    currency: str
    price: float
    dollars: float  # the same in US dollars
    deal_id: str
    is_test: bool
    outcome: Outcome
    notices: list[str] = field(default_factory=list)  # kinds that the bidder acknowledged
    is_shown: bool = False
    is_clicked: bool = False


@dataclass(slots=True)
class Row:
    """One format and size."""

    offered: int = 0
    bids: int = 0
    wins: int = 0
    shown: int = 0
    clicks: int = 0
    spend: float = 0.0  # US dollars, billed
    bid_sum: float = 0.0  # US dollars per 1,000, of all bids
    won_bid_sum: float = 0.0  # … of those that won
    paid_sum: float = 0.0  # … that the winners paid

    def add(self, other: "Row") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Ledger:
    """Counts so far; every method may be called by any thread."""

    requests: int = 0
    answered_with_bids: int = 0
    late: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    violations: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    problems: Counter[str] = field(default_factory=Counter)
    rows: dict[tuple[str, tuple[int, int]], Row] = field(default_factory=dict)
    stories: deque[Story] = field(default_factory=lambda: deque(maxlen=STORIES_KEPT))
    milliseconds: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES_KEPT))
    _lock: Lock = field(default_factory=Lock)

    def answered(self, status: int, milliseconds: float, *, has_bids: bool, late: bool) -> None:
        with self._lock:
            self.requests += 1
            self.statuses[status] += 1
            self.milliseconds.append(milliseconds)
            self.answered_with_bids += has_bids
            self.late += late

    def offered(self, kind: str, size: tuple[int, int]) -> None:
        with self._lock:
            self._row(kind, size).offered += 1

    def violated(self, violation: Violation, where: str) -> None:
        with self._lock:
            self.violations[violation.rule] += 1
            self.examples.setdefault(violation.rule, f"{violation.text} [{where}]")

    def problem(self, text: str) -> None:
        """Something that went wrong after the auction, or an answer that never came."""
        with self._lock:
            self.problems[text] += 1

    def bid(self, story: Story, dollars_paid: float) -> None:
        """A bid that took part; ``dollars_paid`` per 1,000 if it won."""
        with self._lock:
            self.stories.append(story)
            row = self._row(story.kind, story.size)
            row.bids += 1
            row.bid_sum += story.dollars
            if story.outcome.won:
                row.wins += 1
                row.won_bid_sum += story.dollars
                row.paid_sum += dollars_paid
            else:
                self.losses[story.outcome.loss.name.lower()] += 1

    def noticed(self, story: Story, kind: str, *, label: str, dollars_paid: float) -> None:
        """The bidder acknowledged a notice of ``kind``; ``label`` is how it is counted."""
        with self._lock:
            is_first = kind not in story.notices
            story.notices.append(kind)
            self.notices[label] += 1
            if kind == "billing" and is_first and not story.is_test:
                self._row(story.kind, story.size).spend += dollars_paid / DOLLARS_PER_PRICE

    def count(self, label: str) -> None:
        with self._lock:
            self.notices[label] += 1

    def shown(self, story: Story) -> None:
        with self._lock:
            story.is_shown = True
            self._row(story.kind, story.size).shown += 1

    def clicked(self, story: Story) -> None:
        with self._lock:
            story.is_clicked = True
            self._row(story.kind, story.size).clicks += 1

    @property
    def total(self) -> Row:
        with self._lock:
            total = Row()
            for row in self.rows.values():
                total.add(row)
            return total

    @property
    def is_clean(self) -> bool:
        """Whether the bidder kept to the protocol."""
        return not self.violations and not self.problems

    def _row(self, kind: str, size: tuple[int, int]) -> Row:
        return self.rows.setdefault((kind, size), Row())
