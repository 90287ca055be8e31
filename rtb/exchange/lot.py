"""One bid in its auction, with all that is known of it (pure)."""

from dataclasses import dataclass

from rtb.exchange.answered import Answer, Bid, SeatBid
from rtb.exchange.asked import Imp
from rtb.exchange.market import Outcome
from rtb.exchange.traffic import Call

KINDS = {1: "banner", 2: "video", 3: "audio", 4: "native"}


@dataclass(frozen=True, slots=True)
class Lot:
    """A valid bid and how it fared."""

    call: Call
    imp: Imp
    answer: Answer
    seat: SeatBid
    bid: Bid
    outcome: Outcome

    @property
    def kind(self) -> str:
        return KINDS[self.bid.mtype]

    @property
    def size(self) -> tuple[int, int]:
        """The impression's first size; (0, 0) for anything but a banner."""
        return self.imp.size if self.kind == "banner" else (0, 0)

    @property
    def expiry(self) -> int:
        """Seconds that the bid, or else the impression, lasts; 0: nobody said."""
        return self.bid.exp or self.imp.exp
