"""The advertiser's outcome in figures (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from rtb.exchange.ledger import Ledger, Row


class Figures(msgspec.Struct, frozen=True, gc=False):
    """One row of the table, or all rows together. Money is US dollars; prices per 1,000."""

    format: str
    size: str
    offered: int
    bids: int
    wins: int
    win_rate: float
    spend: float
    bid_cpm: float
    paid_cpm: float
    discount: float  # how far below their bids the winners paid
    shown: int
    clicks: int
    ctr: float


class Latency(msgspec.Struct, frozen=True, gc=False):
    p50: float
    p95: float
    p99: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a simulation says at its end."""

    seed: int
    seconds: float
    requests: int
    bid_requests: int  # answered with at least one bid
    bid_rate: float
    no_bid_share: float
    total: Figures
    rows: list[Figures]
    losses: dict[str, int]
    statuses: dict[str, int]
    latency_ms: Latency
    late: int  # answers after tmax: they took part in no auction
    invalid: dict[str, int]  # rule: how often
    examples: dict[str, str]  # rule: the first of them
    problems: dict[str, int]
    notices: dict[str, int]
    left_undone: int
    is_clean: bool


@dataclass(frozen=True, slots=True)
class Run:
    """What the ledger does not know."""

    seed: int
    seconds: float
    left_undone: int = 0


def summarise(ledger: Ledger, run: Run) -> Summary:
    rows = sorted(ledger.rows.items(), key=lambda item: -item[1].offered)
    bid_rate = ratio(ledger.answered_with_bids, ledger.requests)
    return Summary(
        seed=run.seed,
        seconds=round(run.seconds, 1),
        requests=ledger.requests,
        bid_requests=ledger.answered_with_bids,
        bid_rate=bid_rate,
        no_bid_share=round(1.0 - bid_rate, 4) if ledger.requests else 0.0,
        total=figures("all", (0, 0), ledger.total),
        rows=[figures(kind, size, row) for (kind, size), row in rows],
        losses=_sorted(ledger.losses),
        statuses={str(status): count for status, count in sorted(ledger.statuses.items())},
        latency_ms=latency(list(ledger.milliseconds)),
        late=ledger.late,
        invalid=_sorted(ledger.violations),
        examples=dict(ledger.examples),
        problems=_sorted(ledger.problems),
        notices=_sorted(ledger.notices),
        left_undone=run.left_undone,
        is_clean=ledger.is_clean,
    )


def figures(kind: str, size: tuple[int, int], row: Row) -> Figures:
    return Figures(
        format=kind,
        size=f"{size[0]}x{size[1]}" if size[0] else "",
        offered=row.offered,
        bids=row.bids,
        wins=row.wins,
        win_rate=ratio(row.wins, row.bids),
        spend=round(row.spend, 6),
        bid_cpm=ratio(row.bid_sum, row.bids),
        paid_cpm=ratio(row.paid_sum, row.wins),
        discount=round(1.0 - row.paid_sum / row.won_bid_sum, 4) if row.won_bid_sum else 0.0,
        shown=row.shown,
        clicks=row.clicks,
        ctr=ratio(row.clicks, row.shown),
    )


def latency(milliseconds: list[float]) -> Latency:
    """Nearest-rank percentiles; zeros when nothing was measured."""
    ordered = sorted(milliseconds)
    found = (ordered[int(len(ordered) * q)] if ordered else 0.0 for q in (0.50, 0.95, 0.99))
    return Latency(*(round(each, 1) for each in found))


def ratio(part: float, whole: float) -> float:
    """Of four decimals; 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
