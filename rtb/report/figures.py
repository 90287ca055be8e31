"""From sums to the figures of a bidding report (pure)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from adplatform.intervals import wilson

DIGITS: Final = 6
MICROS: Final = 1_000_000
MILLE: Final = 1000
MICROS_PER_CENT: Final = 10_000

Interval = tuple[float, float] | None


class Sums(NamedTuple):
    """Counts, and prices: CPM micros, each as often as it was bid or paid."""

    requests: int = 0
    requests_bid_on: int = 0
    bids: int = 0
    wins: int = 0
    billings: int = 0
    late_billings: int = 0
    bid_micros: int = 0
    paid_micros: int = 0
    value_micros: int = 0
    losses: tuple[Sequence[str], Sequence[int]] = ((), ())


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio is None when its denominator is 0, requests where they cannot be told apart.

    Amounts are in the account's currency: cents, not rounded to whole ones; prices per
    1,000 impressions in units. ``margin_cents``: what billed impressions were worth beyond their
    price.
    """

    requests: int | None
    requests_bid_on: int | None
    bid_rate: float | None
    bids: int
    wins: int
    win_rate: float | None
    win_rate_interval: Interval
    billings: int
    late_billings: int
    spend_cents: float
    value_cents: float
    margin_cents: float
    avg_bid_cpm: float | None
    avg_paid_cpm: float | None
    losses: dict[str, int]


def figures(sums: Sums, *, has_requests: bool) -> Figures:
    return Figures(
        requests=sums.requests if has_requests else None,
        requests_bid_on=sums.requests_bid_on if has_requests else None,
        bid_rate=_ratio(sums.requests_bid_on, sums.requests) if has_requests else None,
        bids=sums.bids,
        wins=sums.wins,
        win_rate=_ratio(sums.wins, sums.bids),
        win_rate_interval=wilson(sums.wins, sums.bids),
        billings=sums.billings,
        late_billings=sums.late_billings,
        spend_cents=_cents(sums.paid_micros),
        value_cents=_cents(sums.value_micros),
        margin_cents=_cents(sums.value_micros - sums.paid_micros),
        avg_bid_cpm=_cpm(sums.bid_micros, sums.bids),
        avg_paid_cpm=_cpm(sums.paid_micros, sums.billings),
        losses=_most_first(zip(*sums.losses, strict=True)),
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None


def _cents(cpm_micros: int) -> float:
    """Each impression costs a thousandth of its CPM."""
    return round(cpm_micros / (MILLE * MICROS_PER_CENT), DIGITS)


def _cpm(micros: int, count: int) -> float | None:
    return round(micros / count / MICROS, DIGITS) if count else None


def _most_first(counted: "zip[tuple[str, int]]") -> dict[str, int]:
    return dict(sorted(counted, key=lambda each: (-each[1], each[0])))
