"""What the ledger lately said of budgets: used up, or far from it (pure).

What a used-up budget would pay for is left out for a moment: else a request would ask Redis about
the same spent line items as the one before, and the few that it asks about would keep others from
bidding. Beside an ad whose budgets are ample no other needs to be asked about.
"""

from dataclasses import dataclass, field
from typing import Final

from adplatform.money import Micros
from rtb.ad import Ad
from rtb.book import Book
from rtb.reasons import NoBid
from rtb.rules.sets import where

TICKS: Final = 2  # of the desk, until it is tried again: holds may have been given back
AMPLE: Final = 10_000  # bids that its tightest budget still pays: more than a tick can take
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

    def note_left(self, ad: Ad, amount: Micros, left: Micros | None) -> None:
        """``amount`` was held for the ad; its tightest budget has ``left``, None without any."""
        if left is None or left >= AMPLE * amount:
            self._ample.add(ad.line_item.id)

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
