"""Comparing what was sent with what is reported."""

from typing import Any

import pytest

from adplatform.demo.figures import Ledger, ReportUnreadable, verdict
from adplatform.demo.tally import Counts, Tally

SENT = Counts(impressions=2400, viewable=1700, clicks=96, conversions=17, revenue_cents=731_250)


def test_it_says_that_the_report_is_right():
    assert verdict(SENT, SENT) == (
        "Report equals what the visitors sent: impressions 2,400 = 2,400, viewable 1,700 = 1,700,"
        " clicks 96 = 96, conversions 17 = 17, revenue 7,312.50 = 7,312.50"
    )


def test_it_names_the_count_that_differs():
    line = verdict(SENT, SENT - Counts(clicks=1))
    assert line.startswith("Report DIFFERS from what the visitors sent")
    assert "clicks 96 ≠ 95" in line
    assert "impressions 2,400 = 2,400" in line


def test_counts_add_up():
    tally = Tally()
    tally.add(Counts(impressions=1))
    tally.add(Counts(impressions=1, clicks=1))
    assert tally.counts == Counts(impressions=2, clicks=1)
    assert tally.counts.ctr == 0.5
    assert Counts().ctr == 0.0


def test_problems_are_counted_by_message():
    tally = Tally()
    tally.problem("unanswered: x")
    tally.problem("unanswered: x")
    assert tally.problems == {"unanswered: x": 2}


class Flaky:
    """Answers that come one after the other, the last one for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def read(self):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def ledger(*answers) -> Ledger:
    report: Any = Flaky(*answers)
    return Ledger(report, Counts())


def test_a_report_that_is_away_for_a_moment_is_waited_for():
    away_then_right = ledger(ReportUnreadable("web is away"), Counts(), SENT)
    assert away_then_right.settle(SENT, patience_seconds=5) == SENT


def test_a_report_that_stays_away_is_an_error():
    with pytest.raises(ReportUnreadable, match="away"):
        ledger(ReportUnreadable("away")).settle(SENT, patience_seconds=0.1)
