"""What the report says about the visitors' slots, and whether it is what they sent."""

import time
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from adplatform.demo.browser import Browser, Unanswered
from adplatform.demo.file import Demo
from adplatform.demo.tally import Counts

POLL_SECONDS = 0.25
WORDS = {"revenue_cents": "revenue"}


class ReportUnreadable(Exception):
    """The report did not answer as documented."""


@dataclass(frozen=True, slots=True)
class Report:
    """The report of the visitors' slots from one minute on."""

    demo: Demo
    since: datetime

    def read(self) -> Counts:
        """The counts now.

        Raises:
            ReportUnreadable: what came instead.
        """
        browser = Browser(self.demo.base_url)
        headers = {"Authorization": f"Bearer {self.demo.api_key}"}
        try:
            answer = browser.ask("GET", f"/api/report/summary/?{self._query()}", headers)
        except Unanswered as exc:
            raise ReportUnreadable(str(exc)) from exc
        finally:
            browser.close()
        if answer.status != 200:  # noqa: PLR2004
            raise ReportUnreadable(f"{answer.status}: {answer.body[:200].decode(errors='replace')}")
        totals = answer.json()["totals"]
        return Counts(*(int(totals[each.name]) for each in fields(Counts)))

    def _query(self) -> str:
        slots = self.demo.audience.placements.values()
        return urlencode(
            {
                "tenant_id": self.demo.tenant_id,
                "from": self.since.astimezone(UTC).isoformat(),
                "to": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
                "placement_id": ",".join(map(str, slots)),
            }
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """The report less what it said before the visitors came."""

    report: Report
    before: Counts

    @classmethod
    def open(cls, demo: Demo, *, now: datetime) -> "Ledger":
        report = Report(demo, now.replace(second=0, microsecond=0))
        return cls(report, report.read())

    def reported(self) -> Counts:
        return self.report.read() - self.before

    def settle(self, sent: Counts, *, patience_seconds: float) -> Counts:
        """The report once it equals what was sent, or as it is when patience ends.

        Raises:
            ReportUnreadable: it cannot be read then.
        """
        deadline = time.monotonic() + patience_seconds
        while time.monotonic() < deadline:
            with suppress(ReportUnreadable):
                if self.reported() == sent:
                    break
            time.sleep(POLL_SECONDS)
        return self.reported()


def verdict(sent: Counts, reported: Counts) -> str:
    """One line that compares every count."""
    equal = "equals" if sent == reported else "DIFFERS from"
    pairs = ", ".join(_pair(each.name, sent, reported) for each in fields(Counts))
    return f"Report {equal} what the visitors sent: {pairs}"


def _pair(name: str, sent: Counts, reported: Counts) -> str:
    mine, theirs = getattr(sent, name), getattr(reported, name)
    sign = "=" if mine == theirs else "≠"
    return f"{WORDS.get(name, name)} {shown(name, mine)} {sign} {shown(name, theirs)}"


def shown(name: str, value: int) -> str:
    """A count with separators; cents as money."""
    return f"{value / 100:,.2f}" if name == "revenue_cents" else f"{value:,}"
