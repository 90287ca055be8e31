"""What a bid's notice URLs carry: all that booking its outcome needs, signed and hidden (pure)."""

import msgspec

from adplatform.money import Micros
from adplatform.tokens import BadToken, Keyring, Purpose, sign, verify
from rtb.offer import Offer
from rtb.openrtb.request import Imp
from rtb.site import RtbSite

QUANTITY_ONE = 1000
MAX_QUANTITY = 1_000_000 * QUANTITY_ONE
# The longest of each that a token takes, so that a URL stays below 1,000 characters.
AUCTION_CHARS = 96
IMP_CHARS = 48
DEAL_CHARS = 64
INVENTORY_CHARS = 96


class Sold(msgspec.Struct, array_like=True, frozen=True, kw_only=True, gc=False):
    """One bid as its win, billing and loss notices find it again. Prices are CPM in micros."""

    rtb_id: str
    tenant_id: int
    ssp_id: int
    auction_id: str  # BidRequest.id
    imp_id: str
    campaign_id: int
    line_item_id: int
    creative_id: int
    template_id: int
    segment_id: int
    currency: str  # of the response, and so of the prices in its notices
    bid_micros: int  # our price in that currency
    price_micros: int  # the same price in the account's currency
    value_micros: int
    floor_micros: int
    bid_at: int  # Unix seconds
    day: str  # the advertiser's date when we bid: whose budget pays
    format: str
    width: int = 0
    height: int = 0
    auction_type: int = 1
    quantity: int = QUANTITY_ONE  # thousandths of impressions (Imp.qty.multiplier)
    deal_id: str = ""
    country: str = ""
    inventory: str = ""
    shading: str = ""
    is_test: bool = False


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Sold).decode


def sold_of(offer: Offer, *, auction_id: str, ssp_id: int, bid_at: int) -> Sold:
    item, creative = offer.ad.line_item, offer.ad.creative
    return Sold(
        rtb_id=offer.rtb_id,
        tenant_id=item.tenant_id,
        ssp_id=ssp_id,
        auction_id=auction_id[:AUCTION_CHARS],
        imp_id=offer.imp.id[:IMP_CHARS],
        campaign_id=item.campaign.id,
        line_item_id=item.id,
        creative_id=creative.id,
        template_id=creative.template_id or 0,
        segment_id=offer.segment_id,
        currency=offer.currency,
        bid_micros=round(offer.bid_price * 1_000_000),
        price_micros=offer.price,
        value_micros=offer.value,
        floor_micros=offer.floor,
        bid_at=bid_at,
        day=offer.day,
        format=offer.ad.format,
        width=offer.width,
        height=offer.height,
        auction_type=offer.auction_type,
        quantity=quantity_of(offer.imp),
        deal_id=offer.deal_id[:DEAL_CHARS],
        country=offer.country,
        inventory=offer.inventory[:INVENTORY_CHARS],
        shading=offer.shading,
        is_test=offer.is_test,
    )


def quantity_of(imp: Imp) -> int:
    """How many thousandths of an impression one sale is: a screen in a street is seen by many."""
    multiplier = (imp.qty.multiplier if imp.qty else None) or 1.0
    return round(min(max(multiplier * QUANTITY_ONE, 1), MAX_QUANTITY))


def cost_of(cpm: Micros, quantity: int = QUANTITY_ONE) -> Micros:
    """What ``quantity`` thousandths of an impression cost at a CPM, rounded half up to a micro.

    For one impression the same as ``adplatform.money.impression_cost``. A hold is of this amount
    too, so that no price up to the bid can cost more than was held.
    """
    scale = 1000 * QUANTITY_ONE
    return Micros((cpm * quantity + scale // 2) // scale)


def seal(sold: Sold, site: RtbSite) -> str:
    expires_at = sold.bid_at + site.notice_seconds
    return sign(Purpose.NOTICE, _encode(sold), expires_at=expires_at, keyring=site.keyring)


def unseal(token: str, *, now: int, keyring: Keyring) -> tuple[Sold, bool]:
    """The bid and whether its time for notices is over.

    Raises:
        BadToken: it is not ours, or of another purpose.
    """
    verified = verify(Purpose.NOTICE, token, now=now, keyring=keyring)
    try:
        return _decode(verified.payload), verified.expired
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise BadToken("the token was signed by another version of this platform") from exc
