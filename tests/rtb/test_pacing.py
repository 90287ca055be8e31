"""The rate: where it settles, how fast it moves, when it stops."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from rtb.pacing import Observation, next_rate
from rtb.plan import Flight, Plan, plan_day

START = datetime(2026, 3, 4, tzinfo=UTC)
TICK = timedelta(seconds=30)
BUDGET = Micros(100_000_000)
IMPRESSION = 2_000.0


def plan_at(now, budget=BUDGET) -> Plan:
    flight = Flight(START - timedelta(days=9), START + timedelta(days=9), budget)
    plan = plan_day(now, ZoneInfo("UTC"), flight, {})
    assert plan is not None
    return plan


def run(spend_at_full_rate, *, ticks, state=None, start=START, spent=0.0):
    """``spend_at_full_rate`` micros a tick at rate 1; returns the states and what was spent."""
    states = []
    for n in range(ticks):
        now = start + TICK * n
        state = next_rate(state, Observation(int(spent), impression=IMPRESSION), plan_at(now), now)
        spent += spend_at_full_rate * state.rate
        states.append(state)
    return states, spent


def test_it_settles_at_the_share_that_the_budget_needs():
    even = BUDGET / 2880
    states, _ = run(4 * even, ticks=600)
    assert states[-1].rate == pytest.approx(0.25, rel=0.05)


def test_a_steady_rate_moves_by_a_tenth_a_minute_at_most():
    even = BUDGET / 2880
    states, spent = run(4 * even, ticks=600)
    later, _ = run(1.2 * even, ticks=5, state=states[-1], start=START + 600 * TICK, spent=spent)
    rates = [states[-1].rate, *(each.rate for each in later)]
    steps = [after / before for before, after in pairwise(rates)]
    assert max(steps) <= 1.1**0.5 + 1e-9
    assert min(steps) >= 0.9**0.5 - 1e-9


def test_too_little_traffic_ends_at_full_rate():
    states, _ = run(BUDGET / 2880 / 3, ticks=600)
    assert states[-1].rate == 1.0


def test_the_first_cents_after_midnight_cause_no_blackout():
    even = BUDGET / 2880
    states, _ = run(4 * even, ticks=2880)
    tomorrow = START + timedelta(days=1)
    later, spent = run(4 * even, ticks=120, state=states[-1], start=tomorrow)
    assert min(each.rate for each in later) > 0.1
    assert spent == pytest.approx(BUDGET / 24, rel=0.25)


def test_a_burst_is_braked_and_the_hour_limited():
    even = BUDGET / 2880
    states, spent = run(4 * even, ticks=600)
    start = START + 600 * TICK
    _, after = run(40 * even, ticks=120, state=states[-1], start=start, spent=spent)
    assert after - spent < 1.6 * BUDGET / 24


def test_nothing_is_bid_once_the_budget_is_spent():
    now = START + timedelta(hours=5)
    state = next_rate(None, Observation(BUDGET), plan_at(now), now)
    assert state.rate == 0
    assert next_rate(state, Observation(BUDGET + 5), plan_at(now), now + TICK).rate == 0


def test_it_goes_on_when_the_budget_is_raised():
    now = START + timedelta(hours=5)
    states, _ = run(4 * BUDGET / 2880, ticks=600)
    state = next_rate(states[-1], Observation(BUDGET), plan_at(now), now)
    raised = plan_at(now, Micros(3 * BUDGET))
    assert next_rate(state, Observation(BUDGET), raised, now + TICK).rate > 0


def test_too_much_spent_never_stops_the_feedback():
    now = START + timedelta(hours=5)
    state = next_rate(None, Observation(0), plan_at(now), now)
    for n in range(200):
        seen = Observation(BUDGET - 50_000, held=200_000, impression=IMPRESSION)
        state = next_rate(state, seen, plan_at(now), now + TICK * n)
    assert 0 < state.rate <= 0.005


def test_holds_count_by_the_share_that_will_be_spent():
    assert Observation(100, held=1000, held_share=0.3).used == 400


def test_a_pause_of_the_job_does_not_throw_the_rate():
    even = BUDGET / 2880
    states, spent = run(4 * even, ticks=600)
    now = START + 600 * TICK + timedelta(minutes=40)
    seen = Observation(int(spent + 80 * even), impression=IMPRESSION)
    after = next_rate(states[-1], seen, plan_at(now), now)
    assert after.rate == pytest.approx(0.25, rel=0.2)


def test_with_a_forecast_the_first_rate_assumes_that_every_bid_wins():
    now = START
    requests = {START - timedelta(minutes=15 * n): 900 for n in range(1, 97)}
    flight = Flight(START - timedelta(days=9), START + timedelta(days=9), BUDGET)
    plan = plan_day(now, ZoneInfo("UTC"), flight, requests)
    assert plan is not None
    state = next_rate(None, Observation(0, impression=IMPRESSION), plan, now)
    all_of_it = 900 * 96 * IMPRESSION
    assert state.rate == pytest.approx(0.5 * BUDGET / all_of_it, rel=0.05)


@given(
    spends=st.lists(st.integers(0, 3_000_000), min_size=1, max_size=60),
    held=st.integers(0, 10**9),
    share=st.floats(0, 1),
    budget=st.integers(0, 10**9),
)
def test_the_rate_is_always_a_share_and_survives_storage(spends, held, share, budget):
    state, spent = None, 0
    for n, more in enumerate(spends):
        spent += more
        now = START + timedelta(minutes=23 * n)
        seen = Observation(spent, held, share, IMPRESSION)
        state = next_rate(state, seen, plan_at(now, Micros(budget)), now)
        assert 0 <= state.rate <= state.steady <= 1 or state.rate <= 0.005
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=type(state)) == state
