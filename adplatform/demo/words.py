"""What the demo tells its user (pure but for ``say``)."""

from collections.abc import Callable
from pathlib import Path

from adplatform.demo.catalogue import CURRENCY, TENANT_NAME
from adplatform.demo.figures import shown
from adplatform.demo.file import Demo
from adplatform.demo.tally import Counts, Tally

LINE = "─" * 78


def introduce(say: Callable[[str], None], demo: Demo, path: Path) -> None:
    """Where to look, and how to get in."""
    rows = (
        ("admin", f"{demo.admin_url}"),
        ("", f"operator {demo.admin_user} / {demo.admin_password}"),
        ("", f"marketer {demo.marketer_user} / {demo.marketer_password}"),
        ("learning", f"{demo.admin_url}optimiser/{demo.template_id}/ after about a minute"),
        ("live ad", demo.page_url),
        ("report", demo.report_url),
        ("", f"curl -H 'Authorization: Bearer {demo.api_key}' '{demo.report_url}'"),
        ("bidder", f"POST {demo.rtb_bid_url}"),
        ("", "manage.py simulate_exchange sends it more bid requests"),
        ("scripts", f"{path} has all addresses, ids and keys"),
    )
    say(LINE)
    say(f"{TENANT_NAME} is ready. Ctrl-C stops everything; the data stays.")
    for name, text in rows:
        say(f"  {name:<8} {text}")
    say(LINE)


def summary(tally: Tally, reported: Counts) -> str:
    """One line: what was sent and what the report says by now."""
    sent = tally.counts
    return (
        f"visits {tally.visits:,} · impressions {_both('impressions', sent, reported)}"
        f" · clicks {_both('clicks', sent, reported)} (CTR {reported.ctr:.1%})"
        f" · conversions {_both('conversions', sent, reported)}"
        f" · revenue {CURRENCY} {shown('revenue_cents', reported.revenue_cents)}"
    )


def stopped(tally: Tally, elapsed: float) -> str:
    """How much there was, and how fast."""
    rate = tally.visits / elapsed if elapsed else 0.0
    return (
        f"Visitors stopped: {tally.visits:,} visits in {elapsed:.0f} s ({rate:.0f}/s), "
        f"{tally.unfilled:,} without an ad. Waiting for the report …"
    )


def problems(tally: Tally) -> list[str]:
    """What visitors met that they should not have."""
    return [f"  {count} x {message}" for message, count in sorted(tally.problems.items())]


def _both(name: str, sent: Counts, reported: Counts) -> str:
    """Sent and, in brackets while it lags, reported."""
    mine, theirs = shown(name, getattr(sent, name)), shown(name, getattr(reported, name))
    return mine if mine == theirs else f"{mine} sent {theirs} reported"
