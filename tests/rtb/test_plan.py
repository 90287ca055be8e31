"""A day's plan: its length, its curve, its budget."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from rtb.plan import QUARTER, Flight, budget_of_day, day_of, midnight, plan_day

TORONTO = ZoneInfo("America/Toronto")
BUDGET = Micros(96_000_000)
NOON = datetime(2026, 3, 4, 17, tzinfo=UTC)
FOREVER = Flight(NOON - timedelta(days=365), NOON + timedelta(days=365), BUDGET)


def plan_of(day, flight=FOREVER, requests=None, zone=TORONTO):
    return plan_day(midnight(day, zone) + timedelta(hours=11), zone, flight, requests or {})


def daily_wave(days, until):
    """Requests by quarter hour: as many as the local hour."""
    moments = (until - QUARTER * n for n in range(1, 96 * days + 1))
    return {at: 100 * at.astimezone(TORONTO).hour for at in moments}


@pytest.mark.parametrize(
    ("day", "quarters"), [(date(2026, 3, 7), 96), (date(2026, 3, 8), 92), (date(2026, 11, 1), 100)]
)
def test_a_day_has_its_own_number_of_quarter_hours(day, quarters):
    assert len(plan_of(day).bounds) == quarters + 1


@pytest.mark.parametrize("zone", ["America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
def test_days_follow_each_other_without_a_gap_in_every_zone(zone):
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for day in range(365):
        _, end = day_of(at + timedelta(days=day), ZoneInfo(zone))
        assert day_of(end, ZoneInfo(zone))[0] == end


def test_without_knowledge_the_plan_is_even_and_ends_early():
    plan = plan_of(date(2026, 3, 4))
    noon = plan.start_at + timedelta(hours=12)
    assert plan.due(noon) == pytest.approx(BUDGET * 48 / (94 + 0.75 + 0.1))
    assert plan.due(plan.end_at) == BUDGET
    assert plan.due(plan.start_at - QUARTER) == 0


def test_the_plan_follows_the_requests_of_the_days_before():
    start = midnight(date(2026, 3, 4), TORONTO)
    plan = plan_of(date(2026, 3, 4), requests=daily_wave(7, start))
    first = plan.due(start + timedelta(hours=2)) - plan.due(start + timedelta(hours=1))
    later = plan.due(start + timedelta(hours=21)) - plan.due(start + timedelta(hours=20))
    assert later == pytest.approx(20 * first, rel=0.05)
    assert plan.requests == pytest.approx(100 * sum(range(24)) * 4)


def test_the_hour_that_spring_skips_and_the_one_that_autumn_repeats_keep_their_traffic():
    for day in (date(2026, 3, 8), date(2026, 11, 1)):
        start = midnight(day, TORONTO)
        plan = plan_of(day, requests=daily_wave(7, start))
        by_hour: Counter[int] = Counter()
        for since, until in pairwise(plan.bounds):
            by_hour[since.astimezone(TORONTO).hour] += plan.traffic_between(since, until)
        repeats = 2 if day.month == 11 else 0
        assert by_hour[1] == pytest.approx(max(repeats, 1) * by_hour[3] / 3, rel=0.1)
        assert (2 in by_hour) == (day.month == 11)


def test_the_same_weekday_counts_most():
    start = midnight(date(2026, 3, 8), TORONTO)
    last_sunday = start - timedelta(days=7)
    requests = {start - QUARTER * n: 100 for n in range(1, 96 * 7 + 1)}
    requests |= {last_sunday + QUARTER * n: 200 for n in range(96)}
    plan = plan_of(date(2026, 3, 8), requests=requests)
    share = plan.traffic_between(plan.bounds[48], plan.bounds[49]) * plan.requests
    assert share == pytest.approx((6 * 100 + 3 * 200) / 9, rel=0.05)


def test_requests_of_today_do_not_move_todays_plan():
    start = midnight(date(2026, 3, 4), TORONTO)
    known = daily_wave(7, start)
    today = {start + QUARTER * n: 10_000 for n in range(40)}
    assert plan_of(date(2026, 3, 4), requests=known) == plan_of(
        date(2026, 3, 4), requests=known | today
    )


def test_a_few_requests_hardly_bend_the_even_curve():
    start = midnight(date(2026, 3, 4), TORONTO)
    plan = plan_of(date(2026, 3, 4), requests={start - QUARTER: 3, start - QUARTER * 90: 0})
    shares = [plan.traffic_between(*pair) for pair in pairwise(plan.bounds)]
    assert max(shares) < 1.5 * min(shares)


def test_a_flight_that_starts_at_noon_is_planned_from_noon():
    plan = plan_of(date(2026, 3, 4), Flight(NOON, NOON + timedelta(days=9), BUDGET))
    assert plan.start_at == NOON
    assert plan.due(NOON) == 0
    assert plan.due(NOON + timedelta(hours=6)) == pytest.approx(BUDGET / 2, rel=0.03)


def test_a_flight_that_starts_within_a_quarter_hour_owes_nothing_before():
    start = NOON + timedelta(minutes=7)
    plan = plan_of(date(2026, 3, 4), Flight(start, NOON + timedelta(days=9), BUDGET))
    assert plan.due(start) == 0
    assert plan.due(start + timedelta(minutes=1)) > 0


@pytest.mark.parametrize(
    "flight",
    [
        Flight(NOON - timedelta(days=9), NOON - timedelta(days=1), BUDGET),
        Flight(NOON + timedelta(days=1), NOON + timedelta(days=9), BUDGET),
        Flight(NOON - timedelta(days=9), NOON + timedelta(days=9)),
    ],
)
def test_there_is_no_plan_outside_the_flight_or_without_a_budget(flight):
    assert plan_of(date(2026, 3, 4), flight) is None


def test_a_total_budget_is_spread_over_the_days_that_are_left():
    start = midnight(date(2026, 3, 4), TORONTO)
    flight = Flight(start - timedelta(days=6), start + timedelta(days=4), total=BUDGET)
    assert plan_of(date(2026, 3, 4), flight).budget == BUDGET / 4


def test_the_last_of_a_total_limits_the_days_budget():
    start = midnight(date(2026, 3, 4), TORONTO)
    flight = Flight(
        start, start + timedelta(days=4), BUDGET, Micros(2 * BUDGET), before=BUDGET + 90
    )
    assert plan_of(date(2026, 3, 4), flight).budget == BUDGET - 90


@given(total=st.integers(1, 10**12), before=st.integers(0, 10**12), hours=st.integers(1, 24 * 60))
def test_days_never_plan_more_than_the_total(total, before, hours):
    flight = Flight(NOON, NOON + timedelta(hours=hours), total=Micros(total), before=before)
    end = min(NOON + timedelta(hours=12), flight.end_at)
    budget = budget_of_day(flight, NOON, end)
    assert budget is not None
    assert 0 <= budget <= max(total - before, 0)
