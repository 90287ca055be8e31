"""What can be bid: one creative of one line item, with all that bidding asks of it (pure)."""

from dataclasses import dataclass, field
from enum import StrEnum

from adplatform.money import Micros
from adserving.snapshot import CreativeConfig, LineItemConfig


class Format(StrEnum):
    """The four kinds of impression that OpenRTB knows."""

    BANNER = "banner"
    VIDEO = "video"
    AUDIO = "audio"
    NATIVE = "native"


class Goal(StrEnum):
    """What the advertiser pays for."""

    CPM = "CPM"
    CPC = "CPC"
    CPA = "CPA"


class PersonalData(StrEnum):
    """What to do with a request whose privacy signals forbid personal data."""

    CONTEXTUAL = "contextual"  # bid without ids, segments and frequency caps
    NO_BID = "no_bid"


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Bid so many times the value where the request's ``dimension`` has this ``value``."""

    dimension: str  # country, device_type, os, domain, bundle, format, size, ssp, deal
    value: str
    factor: float


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a line item bids; ``goal_amount`` in micros per click or conversion."""

    goal: Goal = Goal.CPM
    goal_amount: Micros | None = None
    max_bid: Micros | None = None  # CPM
    is_shaded: bool = True
    multipliers: tuple[Multiplier, ...] = ()
    ssp_ids: frozenset[int] = frozenset()  # empty: all of the tenant's
    deals: frozenset[str] = frozenset()  # exchange deal ids that it may buy
    open_auction: bool = True  # False: deals only
    paced: bool = True  # PacingMode.STANDARD


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Where a line item may not, or may only, appear: its campaign's and its own together.

    Domains are lower case without www; a domain stands for its subdomains too.
    """

    allow_domains: frozenset[str] = frozenset()
    block_domains: frozenset[str] = frozenset()
    allow_bundles: frozenset[str] = frozenset()
    block_bundles: frozenset[str] = frozenset()
    allow_publishers: frozenset[str] = frozenset()
    block_publishers: frozenset[str] = frozenset()
    block_categories: frozenset[str] = frozenset()  # IAB content categories of the page, by prefix
    block_keywords: frozenset[str] = frozenset()  # words in the page's address, title or keywords
    positions: frozenset[int] = frozenset()  # AdCOM placement positions; empty: any
    personal_data: PersonalData = PersonalData.CONTEXTUAL
    complete_chain: bool = False
    max_hops: int = 0  # 0: any
    allow_rewarded: bool = True


@dataclass(frozen=True, slots=True)
class Ad:
    """One bit of the bidder's index."""

    line_item: LineItemConfig
    creative: CreativeConfig  # with .width .height .adomain .attributes .html
    format: Format
    strategy: Strategy = field(default_factory=Strategy)
    guardrails: Guardrails = field(default_factory=Guardrails)
    uses_http: bool = False  # its markup would hold an http address of somebody else
    denied_by: str = ""  # the policy that configuration alone breaks
