"""Windows, months and horizons."""

from datetime import UTC, datetime, timedelta

import pytest

from events.reconcile.window import (
    HOUR,
    Horizon,
    Window,
    is_closed,
    month,
    month_bounds,
    reconciled_until,
    window,
)

MIDNIGHT = datetime(2026, 11, 1, tzinfo=UTC)
START = int(MIDNIGHT.timestamp())
CHECKED = Window(START, START + 10 * HOUR)
LATER = START + 100 * HOUR


def test_it_begins_with_a_day_and_ends_with_an_hour():
    found = window(MIDNIGHT + timedelta(hours=5), MIDNIGHT + timedelta(hours=9, seconds=1))
    assert found == CHECKED
    assert found.whole_days() == Window(START, START + 24 * HOUR)
    with pytest.raises(ValueError, match="is not before"):
        window(MIDNIGHT, MIDNIGHT)


def test_weeks_cover_it_without_overlap():
    weeks = list(Window(START, START + 400 * HOUR).weeks())
    assert [week.until - week.since for week in weeks] == [168 * HOUR, 168 * HOUR, 64 * HOUR]
    assert [week.since for week in weeks[1:]] == [week.until for week in weeks[:-1]]


@pytest.mark.parametrize("partition", [202512, 202601, 202602, 202611])
def test_a_month_holds_its_own_moments(partition):
    bounds = month_bounds(partition)
    assert month(bounds.since) == month(bounds.until - 1) == partition
    assert month(bounds.until) != partition


def test_a_month_is_closed_when_no_event_can_be_late_any_more():
    assert not is_closed(202610, MIDNIGHT + timedelta(days=8))
    assert is_closed(202610, MIDNIGHT + timedelta(days=8, seconds=1))


def test_a_horizon_names_the_tenants_that_begin_later():
    assert Horizon(5).sql("p") == "p >= 5"
    assert Horizon(5, {2: 9, 1: 7}).sql("p") == "p >= transform(tenant_id, [1, 2], [7, 9], 5)"


@pytest.mark.parametrize(
    ("bad", "before", "settled", "expected"),
    [
        ([], None, LATER, 10),
        ([], None, START + 3 * HOUR + 5, 3),
        ([4, 2], None, LATER, 2),
        ([0], None, LATER, 0),
        ([], 4, LATER, 10),
        ([], 20, LATER, 20),  # an old window was looked at again
        ([3], 20, LATER, 3),  # and it had lost something
        ([], -5, LATER, -5),  # hours between were not compared
    ],
)
def test_reconciled_until_is_an_unbroken_row(bad, before, settled, expected):
    hours = [START + hour * HOUR for hour in bad]
    last = None if before is None else START + before * HOUR
    assert reconciled_until(CHECKED, hours, last, settled) == START + expected * HOUR
