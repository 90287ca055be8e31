"""Why an exchange says that a bid lost (pure): AdCOM's list of loss reason codes, in our words."""

from typing import Final

EXCHANGE_SPECIFIC: Final = 500
MAX_CODE: Final = 10_000

WORDS: Final = {
    0: "won",
    1: "internal_error",
    2: "opportunity_expired",
    3: "invalid_response",
    4: "invalid_deal",
    5: "invalid_auction",
    6: "invalid_advertiser_domain",
    7: "missing_markup",
    8: "missing_creative_id",
    9: "missing_price",
    10: "missing_approval_data",
    100: "below_floor",
    101: "below_deal_floor",
    102: "lost_to_higher_bid",
    103: "lost_to_deal",
    104: "seat_blocked",
    200: "creative_filtered",
    201: "creative_pending",
    202: "creative_disapproved",
    203: "creative_size",
    204: "creative_format",
    205: "creative_advertiser",
    206: "creative_app",
    207: "creative_not_secure",
    208: "creative_language",
    209: "creative_category",
    210: "creative_attribute",
    211: "creative_ad_type",
    212: "creative_animation",
    213: "creative_not_in_deal",
    214: "creative_skadnetwork",
    215: "creative_bundle",
}


def words_of(code: int | None) -> str:
    """The code in words; None is a notice without one."""
    if code is None:
        return "not_said"
    return WORDS.get(code, "exchange_specific" if code >= EXCHANGE_SPECIFIC else "unknown_code")
