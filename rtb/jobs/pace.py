"""The pacing job: every half minute, how much of the traffic each line item takes part in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from adserving.ledger import day_of
from adserving.ledger.totals import Total, totals
from rtb.jobs import figures
from rtb.jobs.bidders import Account, Bidder, Limits, accounts
from rtb.jobs.figures import Market, Spent
from rtb.jobs.turn import turn
from rtb.pacing import Observation, PaceState, next_rate
from rtb.plan import Flight, Requests, midnight, plan_day
from rtb.state import Pace, read_memory, write_pace

log = structlog.get_logger(__name__)

SECONDS: Final = 120  # a run that takes longer loses its turn
CURVE_TIME: Final = timedelta(minutes=15)  # the days before do not change; new line items come


@dataclass(frozen=True, slots=True)
class Paced:
    """One budget to spread: a line item's (l7) or a campaign's over its line items (c12)."""

    owner: str
    limits: Limits
    start_at: datetime
    end_at: datetime
    cpm: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of an account now."""

    ledger: Mapping[str, Total]
    spent: Spent
    market: Mapping[str, Market]
    requests: Mapping[str, Requests]


_curves: dict[int, tuple[datetime, datetime, Mapping[str, Requests]]] = {}


def pace(now: datetime) -> None:
    """Every account's; one that fails keeps its rates and stops no other.

    Raises:
        Busy: the run before is still under way.
        RedisError: Redis is away.
    """
    with turn("pace", SECONDS):
        for account in accounts(now):
            try:
                pace_account(account, now)
            except (ClickHouseError, EngineNotRunning) as exc:
                log.warning("account_not_paced", tenant_id=account.id, problem=str(exc))


def pace_account(account: Account, now: datetime) -> None:
    """One tick of the account's controllers; nothing while its ledger is not complete."""
    paced = list(budgets(account))
    seen = _see(account, [each.owner for each in paced], now)
    if seen is None:
        return
    before = read_memory(account.id)
    memory: dict[str, PaceState] = {}
    for each in paced:
        state = _tick(each, account, seen, before.get(each.owner), now)
        if state is not None:
            memory[each.owner] = state
    write_pace(account.id, Pace(now, rates_of(account, memory)), memory)


def budgets(account: Account) -> Iterator[Paced]:
    """A controller for each budget that a paced line item has or shares."""
    campaigns: dict[int, Paced] = {}
    for item in account.bidders:
        if not item.is_paced:
            continue
        if item.limits.are_set:
            yield Paced(f"l{item.id}", item.limits, item.start_at, item.end_at, item.cpm)
        if item.campaign.are_set and item.campaign_id not in campaigns:
            campaigns[item.campaign_id] = Paced(
                f"c{item.campaign_id}", item.campaign, item.start_at, item.end_at, item.cpm
            )
    yield from campaigns.values()


def rates_of(account: Account, memory: Mapping[str, PaceState]) -> dict[int, float]:
    """Each line item's rate: of its own budget and its campaign's, the smaller one."""
    return {item.id: _rate(item, memory) for item in account.bidders if item.is_paced}


def _rate(item: Bidder, memory: Mapping[str, PaceState]) -> float:
    owners = (f"l{item.id}", f"c{item.campaign_id}")
    return min((memory[owner].rate for owner in owners if owner in memory), default=1.0)


def _tick(
    paced: Paced, account: Account, seen: Seen, state: PaceState | None, now: datetime
) -> PaceState | None:
    """None outside the flight."""
    flight = Flight(
        paced.start_at,
        paced.end_at,
        paced.limits.daily,
        paced.limits.total,
        before=seen.spent.before_today(paced.owner),
    )
    plan = plan_day(now, account.timezone, flight, seen.requests.get(paced.owner, {}))
    if plan is None or now < plan.start_at:
        return None
    return next_rate(state, _observe(paced, seen), plan, now)


def _observe(paced: Paced, seen: Seen) -> Observation:
    total = seen.ledger.get(paced.owner, Total(0, 0))
    market = seen.market.get(paced.owner, Market())
    return Observation(
        spent=total.spent + seen.spent.by_tags(paced.owner),
        held=total.held,
        held_share=market.held_share,
        impression=market.impression or paced.cpm / 1000,
    )


def _see(account: Account, owners: list[str], now: datetime) -> Seen | None:
    zone = account.timezone
    ledger = totals(account.id, owners, day_of(now, zone))
    if ledger is None:
        return None
    start = midnight(now.astimezone(zone).date(), zone)
    campaigns = sorted({item.campaign_id for item in account.bidders})
    return Seen(
        ledger=ledger,
        spent=figures.spent(account.id, campaigns, start),
        market=figures.market(account.id, now),
        requests=_curves_of(account.id, start, now),
    )


def _curves_of(tenant_id: int, until: datetime, now: datetime) -> Mapping[str, Requests]:
    """Requests of the days before, read again every quarter hour."""
    day, read_at, curves = _curves.get(tenant_id, (None, now, {}))
    if day != until or now - read_at >= CURVE_TIME:
        curves = figures.requests(tenant_id, until)
        _curves[tenant_id] = (until, now, curves)
    return curves
