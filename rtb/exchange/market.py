"""What others pay, which floors sellers set, and who wins an auction (pure).

The shape of competing prices is that of the iPinYou auctions (campaigns 1458, 3386 and 2997 of
season 2 and 3, market-price histograms in han-cai/rlb-dp:data/ipinyou-data/*/info.json):

- 34 to 40 % of web prices are exactly one of four round prices (20, 50, 70, 80: floors that nobody
  outbid); campaign 1458 has 5, 9, 14 and 6 % there, campaign 3386 has 11, 10, 11 and 7 %;
- a mobile campaign (2997) has 18 % at three prices, 12 % of them at its lowest;
- the rest is smooth and skewed: medians of 60 and 41 with means of 69 and 63 (a log-normal of
  sigma 0.9 for the mobile campaign), about 4 % above 200.

Levels are ours: US cents per 1,000 impressions as a mid-size publisher might see them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from random import Random
from typing import Final

IPINYOU_MEDIAN: Final = 60.0
WEB_SPIKES: Final = {20.0: 0.08, 50.0: 0.10, 70.0: 0.125, 80.0: 0.07}  # price: share
APP_SPIKES: Final = {6.0: 0.12, 30.0: 0.045, 140.0: 0.015}
SIGMA: Final = 0.9
BANNER_MEDIANS: Final[Mapping[tuple[int, int], float]] = {
    (300, 250): 110.0,
    (300, 600): 160.0,
    (320, 50): 55.0,
    (728, 90): 90.0,
    (320, 250): 90.0,
    (160, 600): 100.0,
    (320, 480): 190.0,
}
MEDIANS: Final[Mapping[str, float]] = {
    "banner": 100.0,
    "video": 620.0,
    "audio": 520.0,
    "native": 130.0,
}
# By hour of the day (UTC): nights are cheap, evenings dear.
HOURS: Final = (
    *(0.86, 0.82, 0.80, 0.79, 0.80, 0.83, 0.88, 0.93, 0.97, 1.00, 1.02, 1.04),
    *(1.05, 1.05, 1.06, 1.07, 1.09, 1.12, 1.15, 1.17, 1.15, 1.09, 1.00, 0.92),
)
NO_FLOOR_SHARE: Final = 0.25
ROUND_CENTS: Final = 5.0
DEAL_RIVAL_SHARE: Final = 0.15  # of auctions with deals: another buyer has one too
FIRST_PRICE: Final = 1
AGREED_PRICE: Final = 3


class Loss(IntEnum):
    """OpenRTB loss reason codes that an auction can give."""

    WON = 0
    INVALID_DEAL = 4
    BELOW_FLOOR = 100
    BELOW_DEAL_FLOOR = 101
    HIGHER_BID = 102
    DEAL = 103


@dataclass(frozen=True, slots=True)
class Landscape:
    """Where prices lie, in US cents per 1,000: a log-normal around ``median``, and round prices."""

    median: float
    spikes: Mapping[float, float]

    def highest(self, rng: Random) -> float:
        """The highest competing price of one auction, in US cents per 1,000."""
        place = rng.random()
        for price, share in self.spikes.items():
            if place < share:
                return rounded(price * self.median / IPINYOU_MEDIAN)
            place -= share
        return max(1.0, self.median * math.exp(rng.gauss(0.0, SIGMA)))


def landscape(kind: str, size: tuple[int, int], hour: int, *, is_app: bool) -> Landscape:
    """The prices of one format, banner size (0, 0 for others) and hour of the day (UTC)."""
    level = BANNER_MEDIANS.get(size, MEDIANS["banner"]) if kind == "banner" else MEDIANS[kind]
    return Landscape(level * HOURS[hour % 24], APP_SPIKES if is_app else WEB_SPIKES)


def floor_cents(prices: Landscape, rng: Random) -> float:
    """A seller's floor in US cents per 1,000: none, or a round price mostly below the median."""
    if rng.random() < NO_FLOOR_SHARE:
        return 0.0
    return rounded(prices.median * rng.triangular(0.1, 1.2, 0.35))


def rounded(cents: float) -> float:
    """To the nearest 5 cents, at least 5."""
    return max(ROUND_CENTS, ROUND_CENTS * round(cents / ROUND_CENTS))


@dataclass(frozen=True, slots=True)
class Rivals:
    """The best two prices of others, per 1,000 in the auction's currency; 0: nobody."""

    best: float
    second: float
    has_deal: bool = False  # the best of them buys through a deal, which beats every open bid

    @classmethod
    def draw(cls, prices: Landscape, rng: Random, *, with_deals: bool) -> "Rivals":
        """In US cents."""
        best = prices.highest(rng)
        second = best * rng.betavariate(6.0, 2.0)
        return cls(best, second, with_deals and rng.random() < DEAL_RIVAL_SHARE)

    def times(self, factor: float) -> "Rivals":
        """The same in another currency or unit."""
        return Rivals(self.best * factor, self.second * factor, self.has_deal)


@dataclass(frozen=True, slots=True)
class Terms:
    """A deal: its floor in the auction's currency, and its kind of auction (0: the request's)."""

    floor: float
    auction_type: int = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """What one impression is sold for, in the auction's currency."""

    auction_type: int
    floor: float
    deals: Mapping[str, Terms]
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One of our bids."""

    bid_id: str
    price: float
    deal_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one bid fared; prices per 1,000 in the auction's currency.

    ``min_to_win`` is AUCTION_MIN_TO_WIN: what would have tied with the winner, or, for the winner,
    with whoever came next (or the floor).
    """

    won: bool
    price: float
    loss: Loss
    min_to_win: float


def run_auction(
    sale: Sale, bids: Sequence[Entry], rivals: Rivals, rng: Random
) -> dict[str, Outcome]:
    """The outcome of each of our bids by its id; at most one wins.

    Deals come first, then price. First price pays the bid, second price the next best or the
    floor, an agreed price (deal ``at`` 3) the deal's floor.
    """
    unfit = {bid.bid_id: reason for bid in bids if (reason := _unfit(sale, bid))}
    fit = [bid for bid in bids if bid.bid_id not in unfit]
    fit.sort(key=lambda bid: (bool(bid.deal_id), bid.price, rng.random()), reverse=True)
    outcomes = {
        bid.bid_id: Outcome(won=False, price=0.0, loss=unfit[bid.bid_id], min_to_win=0.0)
        for bid in bids
        if bid.bid_id in unfit
    }
    if not fit:
        return outcomes
    ours, others = fit[0], fit[1:]
    winner = _meet(sale, ours, others, rivals)
    outcomes[ours.bid_id] = winner
    for bid in others:
        outcomes[bid.bid_id] = _beaten(bid, ours, winner, rivals)
    return outcomes


def _unfit(sale: Sale, bid: Entry) -> Loss:
    """Why a bid may not take part; WON (0) when it may."""
    if bid.deal_id:
        if bid.deal_id not in sale.deals:
            return Loss.INVALID_DEAL
        below = bid.price < sale.deals[bid.deal_id].floor
        return Loss.BELOW_DEAL_FLOOR if below else Loss.WON
    if sale.is_private:
        return Loss.INVALID_DEAL
    return Loss.BELOW_FLOOR if bid.price < sale.floor else Loss.WON


def _meet(sale: Sale, ours: Entry, others: Sequence[Entry], rivals: Rivals) -> Outcome:
    """Our best bid against the rivals: they must outbid it, within deals or outside them."""
    floor = _floor(sale, ours)
    beaten_by_deal = rivals.has_deal and not ours.deal_id and rivals.best >= sale.floor
    same_league = rivals.has_deal if ours.deal_id else True
    rival = rivals.best if same_league and rivals.best >= floor else 0.0
    if beaten_by_deal:
        return Outcome(won=False, price=0.0, loss=Loss.DEAL, min_to_win=0.0)
    if rival > ours.price:
        loss = Loss.DEAL if rivals.has_deal else Loss.HIGHER_BID
        return Outcome(won=False, price=0.0, loss=loss, min_to_win=rival)
    own = [bid.price for bid in others if bool(bid.deal_id) == bool(ours.deal_id)]
    runner_up = max([rival, floor, *own])
    price = _pays(sale, ours, runner_up)
    return Outcome(won=True, price=price, loss=Loss.WON, min_to_win=runner_up)


def _beaten(bid: Entry, ours: Entry, winner: Outcome, rivals: Rivals) -> Outcome:
    """A bid of ours behind the first of ours."""
    by_deal = bool(ours.deal_id if winner.won else rivals.has_deal) and not bid.deal_id
    price = ours.price if winner.won else rivals.best
    loss = Loss.DEAL if by_deal else Loss.HIGHER_BID
    return Outcome(won=False, price=0.0, loss=loss, min_to_win=0.0 if by_deal else price)


def _floor(sale: Sale, bid: Entry) -> float:
    return sale.deals[bid.deal_id].floor if bid.deal_id else sale.floor


def _pays(sale: Sale, bid: Entry, runner_up: float) -> float:
    kind = sale.deals[bid.deal_id].auction_type if bid.deal_id else 0
    kind = kind or sale.auction_type
    if kind == AGREED_PRICE and bid.deal_id:
        return sale.deals[bid.deal_id].floor
    return bid.price if kind == FIRST_PRICE else min(bid.price, runner_up)
