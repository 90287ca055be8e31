"""Which templates are due, and why."""

from dataclasses import replace
from datetime import timedelta

import pytest

from optimization.threshold import RETRY, Standing, due
from tests.optimization.traffic import NOW

LEARNT = Standing(
    is_paused=False,
    impressions=10_000,
    clicks=200,
    learnt_impressions=10_000,
    learnt_clicks=200,
    last_run_at=NOW - timedelta(hours=1),
    last_failed=False,
    has_learnt=True,
    min_impressions=5000,
    min_clicks=30,
    max_age=timedelta(hours=6),
)
NEW = replace(
    LEARNT,
    last_run_at=None,
    has_learnt=False,
    impressions=0,
    clicks=0,
    learnt_impressions=0,
    learnt_clicks=0,
)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (LEARNT, ""),
        (NEW, "first"),
        (replace(NEW, is_paused=True), ""),
        (replace(LEARNT, impressions=15_000, clicks=230), "threshold"),
        (replace(LEARNT, impressions=15_000, clicks=229), ""),
        (replace(LEARNT, impressions=14_999, clicks=500), ""),
        (replace(LEARNT, impressions=15_000, clicks=230, is_paused=True), ""),
        (replace(LEARNT, last_run_at=NOW - timedelta(hours=6), impressions=10_001), "age"),
        (replace(LEARNT, last_run_at=NOW - timedelta(days=60)), ""),
        (replace(LEARNT, impressions=3, clicks=1), ""),  # rows that have expired
        (replace(LEARNT, impressions=15_000, clicks=230, last_failed=True), "threshold"),
    ],
)
def test_it_is_due_for_a_reason(standing, expected):
    assert due(standing, NOW) == expected


def test_a_failed_run_is_tried_again_but_not_at_once():
    failed = replace(NEW, last_failed=True, last_run_at=NOW)
    assert due(failed, NOW + RETRY / 2) == ""
    assert due(failed, NOW + RETRY) == "first"


def test_a_template_without_a_choice_is_not_tried_again_before_there_is_traffic():
    skipped = replace(NEW, last_run_at=NOW)
    assert due(skipped, NOW + timedelta(days=9)) == ""
    assert due(replace(skipped, impressions=1), NOW + timedelta(days=9)) == "age"
