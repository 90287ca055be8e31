"""Simulated days, with both changes of the clock: what docs/pacing.md promises."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from rtb.plot import draw
from rtb.simulate_pacing import panels, simulate, usual_lines

TORONTO = ZoneInfo("America/Toronto")
LINES = {line.name: line for line in usual_lines()}
CHOSEN = tuple(LINES[name] for name in ("large", "wins rarely", "starts at noon", "small"))
ENOUGH = 0.9  # of the traffic is all that a day may need


@pytest.fixture(scope="module", params=[(date(2026, 3, 6), 23.0), (date(2026, 10, 30), 25.0)])
def days(request):
    """Three days, the first without a forecast, the last with an hour less or more."""
    first, hours = request.param
    found = list(simulate(CHOSEN, first, 3, TORONTO, seed=3))
    assert {day.hours_of_day for day in found[2::3]} == {hours}
    return found


def test_the_budget_is_spent(days):
    assert [
        day for day in days if day.affordable < ENOUGH and not 0.98 <= day.spent_share <= 1
    ] == []


def test_no_hour_is_far_above_its_plan(days):
    assert [day for day in days if day.affordable < ENOUGH and day.worst_hour > 1.5] == []


def test_an_hour_of_a_large_line_item_is_not_far_below_its_plan_either(days):
    learned = [day for day in days if day.line == "large"][1:]
    shares = [spent / planned for day in learned for spent, planned in day.hours[:-1]]
    assert min(shares) > 0.7


def test_midnight_brings_no_blackout(days):
    late = [day for day in days if day.gap_minutes > max(5, 12 * day.usual_gap_minutes)]
    assert late == []


def test_a_budget_that_the_traffic_cannot_spend_takes_all_of_it():
    line = LINES["hardly enough"]
    scarce = type(line)("scarce", line.traffic / 2, line.budget, line.cpm, line.win_rate)
    [_, day] = simulate((scarce,), date(2026, 3, 3), 2, TORONTO, seed=1)
    assert day.affordable > 1
    assert day.spent_share == pytest.approx(1 / day.affordable, rel=0.03)


def test_the_same_seed_gives_the_same_days():
    one, two = (list(simulate(CHOSEN[3:], date(2026, 3, 3), 1, TORONTO, seed=5)) for _ in range(2))
    assert one == two


def test_it_can_be_drawn(days):
    svg = draw(panels(days, ["large"]))
    assert svg.count("<polyline") == 4
