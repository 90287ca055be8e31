"""What a rule looks at, and what it says (pure)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from rtb.exchange.answered import Answer, Bid, SeatBid
from rtb.exchange.asked import Asked, Banner, Deal, Imp, Media, Native, Rates


@dataclass(frozen=True)
class Case:
    """One bid in its answer, for its impression."""

    asked: Asked
    imp: Imp
    answer: Answer
    seat: SeatBid
    bid: Bid
    rates: Rates

    @cached_property
    def kind(self) -> str:
        """The format that the bid says it is."""
        return {1: "banner", 2: "video", 3: "audio", 4: "native"}.get(self.bid.mtype, "")

    @property
    def offered(self) -> Banner | Media | Native | None:
        """The impression's object of the bid's format."""
        found: Banner | Media | Native | None = getattr(self.imp, self.kind) if self.kind else None
        return found

    @property
    def media(self) -> Media | None:
        return self.offered if isinstance(self.offered, Media) else None

    @property
    def deal(self) -> Deal | None:
        return self.imp.deals.get(self.bid.dealid) if self.bid.dealid else None


Rule = Callable[[Case], str]  # what is wrong, or ""
