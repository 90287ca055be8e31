"""The figures of a bidding report as text (pure)."""

from dataclasses import dataclass
from typing import Final

from rtb.report.figures import Figures

NOTHING: Final = "—"
OF_BIDS: Final = ("Bids", "Wins", "Win rate")
OF_MONEY: Final = ("Spend", "Margin", "Paid, CPM", "Bid, CPM")
OF_REQUESTS: Final = ("Requests", "Bid on")


@dataclass(frozen=True, slots=True)
class Card:
    """One figure of the whole period; ``note`` says more about it."""

    label: str
    value: str
    note: str = ""


def headers(currency: str, *, requests: bool) -> tuple[str, ...]:
    money = tuple(f"{name} ({currency})" for name in OF_MONEY)
    return (*(OF_REQUESTS if requests else ()), *OF_BIDS, *money)


def cells(found: Figures, *, requests: bool) -> tuple[str, ...]:
    """As many as the headers."""
    asked = (count(found.requests), percent(found.bid_rate)) if requests else ()
    bids = (count(found.bids), count(found.wins), percent(found.win_rate))
    money = (cents(found.spend_cents), cents(found.margin_cents))
    return (*asked, *bids, *money, cpm(found.avg_paid_cpm), cpm(found.avg_bid_cpm))


def cards(found: Figures, currency: str) -> list[Card]:
    return [
        Card("Win rate", percent(found.win_rate), _interval(found)),
        Card("Bids", count(found.bids), _asked(found)),
        Card("Wins", count(found.wins), f"{found.billings:,} billed"),
        Card("Spend", f"{cents(found.spend_cents)} {currency}", "as exchanges billed it"),
        Card("Margin", f"{cents(found.margin_cents)} {currency}", "worth, less the price paid"),
        Card("Average price", f"{cpm(found.avg_paid_cpm)} {currency}", _bid(found, currency)),
    ]


def _interval(found: Figures) -> str:
    """How sure the win rate is, at 95 %."""
    if found.win_rate_interval is None:
        return ""
    low, high = found.win_rate_interval
    return f"likely {low:.1%} to {high:.1%}"


def _asked(found: Figures) -> str:
    return f"{found.requests:,} requests" if found.requests is not None else ""


def _bid(found: Figures, currency: str) -> str:
    return f"CPM; bid {cpm(found.avg_bid_cpm)} {currency}"


def count(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,}"


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share:.1%}"


def cents(amount: float) -> str:
    return f"{amount / 100:,.2f}"


def cpm(price: float | None) -> str:
    return NOTHING if price is None else f"{price:,.2f}"
