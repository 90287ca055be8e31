"""One bid that we make: an ad for an impression at a price (pure)."""

import msgspec

from adplatform.money import Micros
from rtb.ad import Ad
from rtb.openrtb.request import Imp


class Offer(msgspec.Struct, frozen=True, gc=False):
    """Prices are CPM in the account's currency, ``bid_price`` in the response's, in units."""

    ad: Ad
    imp: Imp
    rtb_id: str
    price: Micros
    value: Micros  # what the impression is worth to the advertiser
    floor: Micros
    bid_price: float
    currency: str
    deal_id: str = ""
    auction_type: int = 1  # the deal's, else the request's
    shading: str = ""  # shaded, explored, or neither
    segment_id: int = 0
    user_id: str = ""  # the best id that privacy allows
    width: int = 0
    height: int = 0
    country: str = ""  # ISO 3166-1 alpha-2
    inventory: str = ""  # the site's domain or the app's bundle
    is_test: bool = False
    policy_version: str = ""
    shown_within: int = 60  # seconds; its money is held until a notice of then has come
    day: str = ""  # the account's date: whose budgets pay (adserving.ledger.day_of)
