"""What a simulation says to people (pure)."""

from collections.abc import Iterator, Mapping

from rtb.exchange.ledger import Ledger
from rtb.exchange.summary import Figures, Summary, latency, ratio

CUR = "USD"


def live_line(ledger: Ledger, seconds: float) -> str:
    """One line while the exchange runs."""
    total, rate = ledger.total, ratio(ledger.requests, seconds)
    invalid = sum(ledger.violations.values())
    return (
        f"exchange: {ledger.requests:,} requests ({rate:.0f}/s)"
        f" · bids on {ratio(ledger.answered_with_bids, ledger.requests):.0%}"
        f" · wins {total.wins:,} ({ratio(total.wins, total.bids):.0%})"
        f" · spent {CUR} {total.spend:.4f} · p99 {latency(list(ledger.milliseconds)).p99:.0f} ms"
        + (f" · INVALID {invalid}" if invalid else "")
    )


def lines(told: Summary) -> Iterator[str]:
    """The outcome."""
    yield (
        f"{told.requests:,} requests in {told.seconds:.0f} s"
        f" ({ratio(told.requests, told.seconds):.0f}/s), seed {told.seed}"
    )
    yield from _auctions(told)
    yield from _answers(told)
    yield from _table(told.rows)
    for rule, text in told.examples.items():
        yield f"INVALID {told.invalid[rule]} x {rule}: {text}"
    for text, count in told.problems.items():
        yield f"PROBLEM {count} x {text}"


def _auctions(told: Summary) -> Iterator[str]:
    total = told.total
    yield (
        f"  bids     on {told.bid_requests:,} requests ({told.bid_rate:.1%});"
        f" no bid on {told.no_bid_share:.1%}"
    )
    yield (
        f"  wins     {total.wins:,} of {total.bids:,} bids ({total.win_rate:.1%});"
        f" lost: {_counts(told.losses)}"
    )
    yield (
        f"  spend    {CUR} {total.spend:.4f}; average bid {total.bid_cpm:.2f} CPM, paid"
        f" {total.paid_cpm:.2f} CPM, {total.discount:.1%} below the bids that won"
    )
    yield f"  shown    {total.shown:,}; clicks {total.clicks:,} (CTR {total.ctr:.2%})"


def _answers(told: Summary) -> Iterator[str]:
    found = told.latency_ms
    yield (
        f"  latency  p50 {found.p50} ms, p95 {found.p95} ms, p99 {found.p99} ms;"
        f" {told.late:,} later than tmax ({ratio(told.late, told.requests):.2%})"
    )
    yield f"  answers  {_counts(told.statuses)}; invalid: {_counts(told.invalid)}"
    undone = f"; {told.left_undone:,} not due before the end" if told.left_undone else ""
    yield f"  notices  {_counts(told.notices)}{undone}"


def _table(rows: list[Figures]) -> Iterator[str]:
    yield (
        f"  {'format':<8}{'size':<9}{'offered':>8}{'bids':>7}{'wins':>7}{'win rate':>9}"
        f"{'bid CPM':>9}{'paid':>8}{'spend':>9}{'CTR':>7}"
    )
    for row in rows:
        yield (
            f"  {row.format:<8}{row.size:<9}{row.offered:>8,}{row.bids:>7,}{row.wins:>7,}"
            f"{row.win_rate:>9.1%}{row.bid_cpm:>9.2f}{row.paid_cpm:>8.2f}{row.spend:>9.4f}"
            f"{row.ctr:>7.2%}"
        )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items()) or "none"
