"""How a line item's budgets stand on exchanges, and how often pacing lets it take part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adplatform.money import MICROS_PER_UNIT
from adserving import refresh
from adserving.ledger.scopes import Scope, scopes_of
from adserving.ledger.totals import Total, of_scopes
from adserving.snapshot import LineItemConfig, TenantConfig
from rtb.admin.words import plain
from rtb.state import read_state

AWAY: Final = "Budgets and pacing cannot be shown: Redis does not answer. Nothing is bid meanwhile."
REBUILT: Final = "The ledger of budgets is being rebuilt. Nothing is bid until it is complete."
UNKNOWN: Final = "What ad tags spent is not known, so nothing with a budget bids."
LOADING: Final = "This process still loads the configuration; try again in a second."
WHOLE: Final = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One budget: shares of it in percent, at most 100 together."""

    name: str
    text: str
    spent: float
    held: float


@dataclass(frozen=True, slots=True)
class Standing:
    """``rate`` is the share of requests that pacing lets pass, in percent; None: not known."""

    bars: Sequence[Bar] = ()
    rate: float | None = None
    problem: str = ""


def standing(tenant_id: int, line_item_id: int, now: datetime) -> Standing:
    try:
        snapshot = refresh.current()
        item, tenant = snapshot.line_items.get(line_item_id), snapshot.tenants.get(tenant_id)
        if item is None or tenant is None:
            return Standing(problem="The line item, its campaign or the account is switched off.")
        return _standing(item, tenant, now)
    except refresh.NotLoaded:
        return Standing(problem=LOADING)
    except (RedisError, EngineNotRunning):
        return Standing(problem=AWAY)


def _standing(item: LineItemConfig, tenant: TenantConfig, now: datetime) -> Standing:
    state = read_state([tenant.id])[tenant.id]
    rate = state.rates.get(item.id, 1.0) * WHOLE
    scopes = scopes_of(item, tenant, refresh.current_spend(), now)
    if scopes is None:
        return Standing(rate=rate, problem=UNKNOWN)
    totals = of_scopes(tenant.id, [scope.key for scope in scopes])
    if totals is None:
        return Standing(rate=rate, problem=REBUILT)
    bars = [_bar(scope, totals[scope.key], tenant.currency) for scope in scopes]
    return Standing(bars, rate)


def _bar(scope: Scope, total: Total, currency: str) -> Bar:
    """What ad tags spent is taken off the budget already."""
    cap = max(scope.cap, 1)
    spent = min(total.spent / cap, 1.0) * WHOLE
    held = min(total.held / cap * WHOLE, WHOLE - spent)
    text = (
        f"{_units(total.spent)} spent, {_units(total.held)} held of {_units(scope.cap)} {currency}"
    )
    return Bar(plain(scope.reason), text, spent, held)


def _units(micros: int) -> str:
    return f"{micros / MICROS_PER_UNIT:,.2f}"
