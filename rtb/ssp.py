"""An exchange that sends us bid requests, as the bidder knows it (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adplatform.money import Micros


class NoBidStyle(StrEnum):
    """How an exchange wants to hear that there is no bid."""

    NO_CONTENT = "204"  # status 204 without a body, what the specification prefers
    EMPTY = "empty"  # {}
    SEATBID = "seatbid"  # the request's id and an empty seatbid
    NBR = "nbr"  # the same with the reason in nbr


@dataclass(frozen=True, slots=True)
class DealConfig:
    """``price``: what was agreed, as a CPM in the account's currency; None: the request's floor."""

    price: Micros | None = None


@dataclass(frozen=True, slots=True)
class SspConfig:
    """``deals`` are the active ones by the exchange's deal id."""

    id: int
    tenant_id: int
    key: str
    name: str = ""
    is_active: bool = True
    seat: str = ""  # ours in this exchange
    currency: str = ""  # of our prices; empty: as the request says
    no_bid_style: NoBidStyle = NoBidStyle.NO_CONTENT
    qps_limit: int = 0  # 0: none
    timeout_ms: int = 120  # where the request says no tmax
    network_ms: int = 20  # taken off for the way there and back
    gzip_response: bool = True
    blocked_sellers: frozenset[str] = frozenset()  # seller.example, or seller.example/123
    complete_chain: bool = False  # bid only where the supply chain is complete
    deals: Mapping[str, DealConfig] = field(default_factory=dict)
