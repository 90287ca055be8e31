"""Why there was no bid: the one enum of the bid flow, in the order in which the rules are asked."""

from enum import IntEnum, StrEnum
from typing import Final


class NoBid(StrEnum):
    """Every one is counted, per line item where it concerns one, and can be asked for."""

    # about the whole request
    INVALID_REQUEST = "invalid_request"
    UNKNOWN_SSP = "unknown_ssp"
    SSP_PAUSED = "ssp_paused"
    OVER_QPS = "over_qps"
    TOO_LATE = "too_late"
    LOADING = "loading"
    KNOWN_ROBOT = "known_robot"
    LISTED_SOURCE = "listed_source"
    SUPPLY_CHAIN_INCOMPLETE = "supply_chain_incomplete"
    SUPPLY_CHAIN_BLOCKED = "supply_chain_blocked"
    SEAT_BLOCKED = "seat_blocked"
    CURRENCY = "currency"
    FAILED = "failed"
    # about one line item and creative, in the order of the funnel
    CAMPAIGN_NOT_ACTIVE = "campaign_not_active"
    LINE_ITEM_NOT_ACTIVE = "line_item_not_active"
    NOT_IN_FLIGHT = "not_in_flight"
    POLICY = "policy"
    SSP_NOT_CHOSEN = "ssp_not_chosen"
    INVENTORY_BLOCKED = "inventory_blocked"
    INVENTORY_NOT_LISTED = "inventory_not_listed"
    BRAND_SAFETY = "brand_safety"
    PRIVACY = "privacy"
    SUPPLY_CHAIN = "supply_chain"
    TARGETING = "targeting"
    ADVERTISER_BLOCKED = "advertiser_blocked"
    CATEGORY_BLOCKED = "category_blocked"
    APP_BLOCKED = "app_blocked"
    LANGUAGE = "language"
    FORMAT = "format"
    SIZE = "size"
    POSITION = "position"
    NOT_SECURE = "not_secure"
    AD_TYPE_BLOCKED = "ad_type_blocked"
    ATTRIBUTE_BLOCKED = "attribute_blocked"
    API_MISSING = "api_missing"
    MIME = "mime"
    PROTOCOL = "protocol"
    DURATION = "duration"
    BITRATE = "bitrate"
    SKIPPABILITY = "skippability"
    LINEARITY = "linearity"
    NATIVE_ASSETS = "native_assets"
    TRANSPARENCY = "transparency"  # DSA information is required and we have none
    DEAL_ONLY = "deal_only"  # the line item buys deals only, or the auction is private
    DEAL_NOT_OURS = "deal_not_ours"
    FLOOR = "floor"
    PACED = "paced"
    REQUEST_POLICY = "request_policy"
    FREQUENCY_CAP = "frequency_cap"
    CAMPAIGN_DAILY_BUDGET = "campaign_daily_budget"
    CAMPAIGN_TOTAL_BUDGET = "campaign_total_budget"
    LINE_ITEM_DAILY_BUDGET = "line_item_daily_budget"
    LINE_ITEM_TOTAL_BUDGET = "line_item_total_budget"
    ACCOUNT_BALANCE = "account_balance"
    SPEND_UNKNOWN = "spend_unknown"  # a budget is set and reports cannot be reached
    LEDGER_NOT_READY = "ledger_not_ready"
    LEDGER_AWAY = "ledger_away"
    NO_COMBINATION = "no_combination"
    OUTBID_BY_OURSELVES = "outbid_by_ourselves"


ELIGIBLE: Final = "eligible"  # counted beside the reasons: an ad that came as far as its price


class NoBidReason(IntEnum):
    """OpenRTB 2.6 ``nbr`` (AdCOM list of no-bid reason codes)."""

    UNKNOWN = 0
    TECHNICAL_ERROR = 1
    INVALID_REQUEST = 2
    KNOWN_CRAWLER = 3
    SUSPECTED_NON_HUMAN = 4
    BLOCKED_PUBLISHER = 7
    DAILY_USER_CAP = 9
    INSUFFICIENT_TIME = 15
    INCOMPLETE_SUPPLY_CHAIN = 16
    BLOCKED_SUPPLY_CHAIN_NODE = 17


NBR: Final = {  # every other reason is UNKNOWN
    NoBid.INVALID_REQUEST: NoBidReason.INVALID_REQUEST,
    NoBid.FAILED: NoBidReason.TECHNICAL_ERROR,
    NoBid.LOADING: NoBidReason.TECHNICAL_ERROR,
    NoBid.LEDGER_AWAY: NoBidReason.TECHNICAL_ERROR,
    NoBid.KNOWN_ROBOT: NoBidReason.KNOWN_CRAWLER,
    NoBid.LISTED_SOURCE: NoBidReason.SUSPECTED_NON_HUMAN,
    NoBid.INVENTORY_BLOCKED: NoBidReason.BLOCKED_PUBLISHER,
    NoBid.FREQUENCY_CAP: NoBidReason.DAILY_USER_CAP,
    NoBid.TOO_LATE: NoBidReason.INSUFFICIENT_TIME,
    NoBid.SUPPLY_CHAIN_INCOMPLETE: NoBidReason.INCOMPLETE_SUPPLY_CHAIN,
    NoBid.SUPPLY_CHAIN_BLOCKED: NoBidReason.BLOCKED_SUPPLY_CHAIN_NODE,
}
