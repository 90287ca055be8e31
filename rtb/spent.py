"""What the ledger lately said of budgets: used up, or far from it (pure).

What a used-up budget would pay for is left out for a moment: else a request would ask Redis about
the same spent line items as the one before, and the few that it asks about would keep others from
bidding. Beside an ad whose budgets are ample no other needs to be asked about.
"""

from dataclasses import dataclass, field
from typing import Final

from adserving.ledger.slots import Answer, Slot
from rtb.ad import Ad
from rtb.book import Book
from rtb.reasons import NoBid
from rtb.rules.sets import where

TICKS: Final = 2  # of the desk, until it is tried again: holds may have been given back
# Bids that a budget still pays when it counts as ample until the next tick. More than 64 processes
# can have under way unheard of (adserving.ledger.behind) and 15,000 bids of that second.
AMPLE: Final = 50_000
OF_CAMPAIGN: Final = frozenset({NoBid.CAMPAIGN_DAILY_BUDGET, NoBid.CAMPAIGN_TOTAL_BUDGET})
OF_LINE_ITEM: Final = frozenset(
    {NoBid.LINE_ITEM_DAILY_BUDGET, NoBid.LINE_ITEM_TOTAL_BUDGET, NoBid.SPEND_UNKNOWN}
)


@dataclass(slots=True)
class Spent:
    """Of one account in one process. Threads may note at the same time."""

    _ticks: dict[tuple[NoBid, int], int] = field(default_factory=dict)
    _ample: set[int] = field(default_factory=set)  # line items, until the next tick

    def note(self, reason: NoBid, ad: Ad) -> None:
        """``ad`` was refused for ``reason``; only what is about budgets is remembered."""
        if reason in OF_CAMPAIGN:
            self._ticks[reason, ad.line_item.campaign.id] = TICKS
        elif reason in OF_LINE_ITEM:
            self._ticks[reason, ad.line_item.id] = TICKS
        elif reason is NoBid.ACCOUNT_BALANCE:
            self._ticks[reason, 0] = TICKS

    def hear(self, ad: Ad, slot: Slot, answer: Answer | None) -> None:
        """What the ledger said of a slot that ``ad`` got or wanted alone; None: it did not answer.

        Nothing is ample any more before it does.
        """
        if answer is None:
            self._ample = set()
        elif answer.held is None:
            self._ample.discard(ad.line_item.id)
            for why in answer.passed:
                self.note(NoBid(why), ad)
        elif answer.left is None or answer.left >= AMPLE * slot.wants[answer.held].amount:
            self._ample.add(ad.line_item.id)
        else:
            self._ample.discard(ad.line_item.id)

    def is_ample(self, ad: Ad) -> bool:
        return ad.line_item.id in self._ample

    def tick(self, book: Book) -> list[tuple[NoBid, int]]:
        """The ads to leave out until the next tick, by reason."""
        self._ample = set()
        found: list[tuple[NoBid, int]] = []
        for key, left in list(self._ticks.items()):
            if left:
                self._ticks[key] = left - 1
                found.append((key[0], _paid_by(book, *key)))
            else:
                del self._ticks[key]
        return found


def _paid_by(book: Book, reason: NoBid, owner_id: int) -> int:
    if reason is NoBid.ACCOUNT_BALANCE:
        return book.everyone
    if reason in OF_CAMPAIGN:
        return next((ads for each, ads in book.campaigns if each.id == owner_id), 0)
    return where(book.ads, lambda ad: ad.line_item.id == owner_id)
