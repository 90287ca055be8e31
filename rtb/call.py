"""One call of an exchange, with all that answering it needs (pure)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from adplatform.gather import Gather
from adplatform.money import Micros
from adserving.addresses.ranges import AddressSet
from adserving.ledger.scopes import Scope, day_at, scopes_of
from adserving.ledger.slots import Hold
from adserving.snapshot import LineItemConfig, TenantConfig
from adserving.spend import Spend
from rtb.ad import Ad
from rtb.facts import Facts
from rtb.openrtb.currency import Rates, allowed
from rtb.openrtb.request import BidRequest
from rtb.policies.facts import of_request
from rtb.ssp import SspConfig
from rtb.trading import Trading


@dataclass(slots=True)
class Call:
    """``deadline`` and ``clock`` are in seconds of the same monotonic clock."""

    request: BidRequest
    ssp: SspConfig
    trading: Trading
    now: datetime
    deadline: float
    clock: Callable[[], float]
    rng: Random
    rates: Rates
    spend: Spend
    listed_sources: AddressSet
    vendor_id: int
    hashed: Callable[[int, str], str]  # a user's pseudonym, where the account wants one
    behind: Gather[Hold] | None = None  # where to put holds that cannot fail; None: none can wait
    tenant: TenantConfig = field(init=False)
    local_time: datetime = field(init=False)  # ``now`` where the account is
    day: str = field(init=False)  # of ``local_time``
    currency: str = field(init=False)  # of our answer; empty: none that is allowed has a rate

    def __post_init__(self) -> None:
        self.tenant = self.trading.book.tenant
        self.local_time = self.now.astimezone(self.tenant.timezone)
        self.day = day_at(self.local_time)
        self.currency = self._currency()

    def is_late(self) -> bool:
        return self.clock() >= self.deadline

    def pseudonym(self, user_id: str) -> str:
        return self.hashed(self.tenant.id, user_id) if user_id else ""

    def floor(self, amount: float, currency: str) -> Micros | None:
        """A CPM in the account's currency, rounded up; None: we know no rate for its currency."""
        return self.rates.convert_up(amount, currency, self.tenant.currency)

    def scopes(self, item: LineItemConfig) -> tuple[Scope, ...] | None:
        """The budgets of a bid; None: a budget is set and its spend is not known."""
        found = self.trading.scopes.get((item.id, self.day))
        if found is None:
            found = scopes_of(item, self.tenant, self.spend, self.now)
            self.trading.scopes[item.id, self.day] = found
        return found

    def is_sure_of(self, ad: Ad, facts: Facts) -> bool:
        """Whether the ledger will hold what the ad bids: no cap to ask about, and ample budgets."""
        return self.trading.spent.is_ample(ad) and not (facts.user_id and ad.line_item.caps)

    def denies(self, ad: Ad, facts: Facts, price: Micros, deal_id: str) -> bool:
        """Whether a policy about requests denies this bid."""
        policies = self.trading.policies
        if policies is None or not policies.has_request_rules:
            return False
        about = of_request(ad, self.tenant, facts, price=price, deal_id=deal_id, ssp=self.ssp.key)
        return bool(policies.request(about))

    def _currency(self) -> str:
        """The SSP's, else the account's where it is allowed, else the first known."""
        codes = allowed(self.request.cur)
        ours = self.ssp.currency or self.tenant.currency
        if ours in codes:
            return ours
        return next((each for each in codes if self.rates.knows(each)), "")
