"""How far events have come."""

from datetime import UTC, datetime, timedelta

from reporting.freshness import Arrival, Freshness, freshness

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ago(seconds: int) -> datetime:
    return NOW - seconds * SECOND


def known(*arrivals: Arrival) -> Freshness:
    return freshness(arrivals, now=NOW, stale_after=60 * SECOND)


def test_the_worst_partition_decides_what_is_complete():
    found = known(Arrival(ago(5), None, 2), Arrival(ago(90), ago(40), 2))
    assert (found.fresh_until, found.complete_until, found.stale) == (ago(5), ago(40), False)


def test_it_is_stale_when_a_partition_lags():
    assert known(Arrival(ago(5), ago(5)), Arrival(ago(61), None)).stale is True


def test_an_idle_partition_is_complete_until_it_was_last_looked_at():
    found = known(Arrival(None, ago(2)))
    assert (found.fresh_until, found.complete_until) == (None, ago(2))


def test_credits_have_come_as_far_as_their_runs():
    found = freshness([], now=NOW, stale_after=SECOND, credited_until=ago(30))
    assert (found.credited_until, found.complete_until) == (ago(30), None)


def test_nothing_is_known_without_a_ledger_or_of_a_partition_that_nobody_reads():
    assert known() == Freshness()
    assert known(Arrival(ago(5), ago(5), partition_count=2)).complete_until is None
    assert known(Arrival(ago(5), ago(5), 2), Arrival(None, None, 2)).stale is None
