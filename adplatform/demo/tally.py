"""What visitors did and the server acknowledged, counted by all threads."""

from collections import Counter
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Final, Self

DUPLICATE_SECONDS: Final = 15.0  # more than IVT_DUPLICATE_CLICK_SECONDS


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts that visitors and the report share; names are the report's."""

    impressions: int = 0
    viewable: int = 0
    clicks: int = 0
    conversions: int = 0
    revenue_cents: int = 0

    def __add__(self, other: Self) -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: Self) -> "Counts":
        return Counts(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def ctr(self) -> float:
        return self.clicks / self.impressions if self.impressions else 0.0


@dataclass(slots=True)
class Tally:
    """Counts so far, visits without an ad, and what went wrong (message: how often)."""

    _lock: Lock = field(default_factory=Lock)
    _counts: Counts = field(default_factory=Counts)
    _visits: int = 0
    _unfilled: int = 0
    _problems: Counter[str] = field(default_factory=Counter)
    _clicked_at: dict[str, float] = field(default_factory=dict)

    def may_click(self, user_id: str, now: float) -> bool:
        """Whether this person's click would not be a duplicate of the last; remembers that it came.

        ``now`` is in seconds, of any clock that only goes forward.
        """
        with self._lock:
            recent = {
                who: at for who, at in self._clicked_at.items() if now - at < DUPLICATE_SECONDS
            }
            self._clicked_at = {**recent, user_id: recent.get(user_id, now)}
            return user_id not in recent

    def add(self, counts: Counts) -> None:
        with self._lock:
            self._counts += counts

    def visit(self, *, filled: bool) -> None:
        with self._lock:
            self._visits += 1
            self._unfilled += not filled

    def problem(self, message: str) -> None:
        with self._lock:
            self._problems[message] += 1

    @property
    def counts(self) -> Counts:
        return self._counts

    @property
    def visits(self) -> int:
        return self._visits

    @property
    def unfilled(self) -> int:
        """Visits that were shown no ad, as targeting and caps will have it."""
        return self._unfilled

    @property
    def problems(self) -> dict[str, int]:
        with self._lock:
            return dict(self._problems)
