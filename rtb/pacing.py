"""Pacing: what share of the eligible requests a line item takes part in, minute by minute (pure).

A pass-through rate as LinkedIn's budget pacing uses (Agarwal et al., KDD 2014), moved by at most
a tenth a minute towards the rate at which the rest of the budget would meet the rest of the day's
forecast. docs/pacing.md explains the rules and shows them at work.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from rtb.plan import Plan

FIRST_RATE: Final = 0.02  # when nothing is known of the traffic
SLOW_START: Final = 0.5  # of the rate that would do if every bid won at its full price
DAY_START: Final = 0.7  # of the rate that the day before would suggest
UP_A_MINUTE: Final = 1.1
DOWN_A_MINUTE: Final = 0.9
BRAKE_A_MINUTE: Final = 0.5  # while spend runs at more than twice its plan
BRAKE_AT: Final = 2.0
STOP_AT: Final = 10.0  # times too fast: straight to what is wanted
HOUR: Final = timedelta(hours=1)
HOUR_LIMIT: Final = 1.35  # of an hour's plan, or of what catching up needs
CATCH_UP: Final = 1.15
MIN_RATE: Final = 0.005  # feedback never stops, and a tenth of the usual rate where that is less
LOWEST_RATE: Final = 1e-6
MIN_SHARE: Final = 0.01  # a whole day at rate 1 is taken to spend this much of the budget at least
RECENT_MINUTES: Final = 8.0
USUAL_MINUTES: Final = 360.0
TRUSTED_IMPRESSIONS: Final = 8.0  # what is usual weighs as much as so many impressions
MAX_TICK_MINUTES: Final = 5.0  # longer pauses of the job move the rate no further


class Observation(msgspec.Struct, frozen=True, gc=False):
    """Micros of today: ``spent`` is settled, ``held`` is reserved for bids without a notice yet."""

    spent: int
    held: int = 0
    held_share: float = 1.0  # of what is held, what will be spent
    impression: float = 0.0  # what one impression costs, for the weight of few of them

    @property
    def used(self) -> float:
        return self.spent + self.held * self.held_share


class PaceState(msgspec.Struct, frozen=True, gc=False):
    """The controller's memory. Spend is in micros, traffic in mean days times the rate."""

    rate: float
    steady: float  # before an hour that has had enough slows it
    at: datetime
    day: datetime  # the plan's start
    hour: datetime
    used: float = 0.0
    used_before: float = 0.0  # this hour
    recent_spend: float = 0.0
    recent_traffic: float = 0.0
    usual_spend: float = 0.0
    usual_traffic: float = 0.0

    @property
    def usual_cost(self) -> float:
        """Micros that a mean day's traffic costs at rate 1; 0 when it is not known."""
        return self.usual_spend / self.usual_traffic if self.usual_traffic else 0.0


def next_rate(state: PaceState | None, seen: Observation, plan: Plan, now: datetime) -> PaceState:
    """The state after this tick; call it every half minute or so."""
    if state is None:
        return _first(seen, plan, now)
    if state.day != plan.start_at:
        return _next_day(state, seen, plan, now)
    learned = _learn(state, seen, plan, now)
    minutes = min((now - state.at).total_seconds() / 60, MAX_TICK_MINUTES)
    if seen.spent >= plan.budget:
        return msgspec.structs.replace(learned, rate=0.0, steady=0.0)
    wanted = _wanted(learned, seen, plan, now)
    if not state.steady:  # the budget was raised
        return _at_rate(learned, wanted * SLOW_START, seen, plan)
    least = _lowest_step(state.steady, wanted, minutes)
    step = min(max(wanted / state.steady, least), UP_A_MINUTE**minutes)
    return _at_rate(learned, state.steady * step, seen, plan)


def _at_rate(state: PaceState, steady: float, seen: Observation, plan: Plan) -> PaceState:
    """That rate, or less in an hour that would end far above its plan."""
    usual = state.usual_cost
    share = plan.budget / usual if usual else 1.0
    floor = min(max(share / 10, LOWEST_RATE), MIN_RATE)
    steady = min(max(steady, floor), 1.0)
    cost = _floored_cost(state, seen, plan)
    of_hour = _of_hour(state, seen, plan) / cost if cost else 1.0
    return msgspec.structs.replace(state, steady=steady, rate=max(min(steady, of_hour), floor))


def _lowest_step(rate: float, wanted: float, minutes: float) -> float:
    if rate > STOP_AT * wanted:
        return 0.0
    return float((BRAKE_A_MINUTE if rate > BRAKE_AT * wanted else DOWN_A_MINUTE) ** minutes)


def _first(seen: Observation, plan: Plan, now: datetime) -> PaceState:
    """Slowly: as if every bid won, or with a fiftieth of the requests."""
    start = PaceState(
        rate=0.0,
        steady=0.0,
        at=now,
        day=plan.start_at,
        hour=_hour(plan, now),
        used=seen.used,
        used_before=seen.used,
    )
    if seen.spent >= plan.budget:
        return start
    cost = plan.requests * seen.impression
    if not cost:
        return _at_rate(start, FIRST_RATE, seen, plan)
    few = TRUSTED_IMPRESSIONS * seen.impression
    start = msgspec.structs.replace(start, usual_spend=few, usual_traffic=few / cost)
    return _at_rate(start, SLOW_START * _wanted(start, seen, plan, now), seen, plan)


def _next_day(state: PaceState, seen: Observation, plan: Plan, now: datetime) -> PaceState:
    """What traffic costs is carried over; the rate is the one that the new day's budget needs."""
    fresh = msgspec.structs.replace(
        state,
        at=now,
        day=plan.start_at,
        hour=_hour(plan, now),
        used=seen.used,
        used_before=seen.used,
        recent_spend=0.0,  # the end of a day has little to learn from
        recent_traffic=0.0,
    )
    wanted = _wanted(fresh, seen, plan, now)
    rate = DAY_START * wanted if state.usual_spend else min(state.steady or FIRST_RATE, wanted)
    return _at_rate(fresh, rate, seen, plan)


def _learn(state: PaceState, seen: Observation, plan: Plan, now: datetime) -> PaceState:
    """Two running sums, forgotten at two speeds: what the traffic costs lately, and usually."""
    minutes = (now - state.at).total_seconds() / 60
    traffic = state.rate * plan.traffic_between(state.at, now)
    spend = seen.used - state.used
    hour = _hour(plan, now)
    recent, usual = 0.5 ** (minutes / RECENT_MINUTES), 0.5 ** (minutes / USUAL_MINUTES)
    return msgspec.structs.replace(
        state,
        at=now,
        hour=hour,
        used=seen.used,
        used_before=state.used_before if hour == state.hour else state.used,
        recent_spend=max(state.recent_spend * recent + spend, 0.0),
        recent_traffic=state.recent_traffic * recent + traffic,
        usual_spend=max(state.usual_spend * usual + spend, 0.0),
        usual_traffic=state.usual_traffic * usual + traffic,
    )


def _wanted(state: PaceState, seen: Observation, plan: Plan, now: datetime) -> float:
    """The rate that spends the rest of the budget with the rest of the planned traffic."""
    rest = plan.budget - seen.used
    ahead = max(plan.left(now), plan.traffic_between(now, plan.end_at) / 10)
    cost = _floored_cost(state, seen, plan)
    if rest <= 0 or cost <= 0:
        return 0.0
    return min(rest / (cost * ahead), 1.0) if ahead > 0 else 1.0


def _of_hour(state: PaceState, seen: Observation, plan: Plan) -> float:
    """What the rest of this hour may spend, by the traffic that it still has."""
    end_at = min(state.hour + HOUR, plan.end_at)
    planned = plan.due(end_at) - plan.due(state.hour)
    to_come = plan.budget - plan.due(state.hour)
    behind = (plan.budget - state.used_before) / to_come if to_come > 0 else 1.0
    limit = planned * max(HOUR_LIMIT, CATCH_UP * behind) + 2 * seen.impression
    ahead = plan.traffic_between(state.at, end_at)
    return max(limit - (seen.used - state.used_before), 0.0) / ahead if ahead > 0 else 1e18


def _hour(plan: Plan, now: datetime) -> datetime:
    return now - (now - plan.start_at) % HOUR


def _floored_cost(state: PaceState, seen: Observation, plan: Plan) -> float:
    return max(_cost(state, seen), MIN_SHARE * plan.budget)


def _cost(state: PaceState, seen: Observation) -> float:
    """Micros that a mean day's traffic costs at rate 1; few impressions alone say little."""
    usual = state.usual_cost
    weight = TRUSTED_IMPRESSIONS * seen.impression / usual if usual else 0.0
    traffic = state.recent_traffic + weight
    return (state.recent_spend + weight * usual) / traffic if traffic else 0.0
