"""From offers to the bid response: everything that exchanges' validators ask for (pure)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from adserving.snapshot import CreativeConfig
from rtb.ad import Format
from rtb.links import notice_urls
from rtb.markup import vast
from rtb.markup.banner import banner
from rtb.markup.errors import NothingFits
from rtb.markup.native import native
from rtb.offer import Offer
from rtb.openrtb.lists import CreativeAttribute
from rtb.openrtb.request import BidRequest
from rtb.openrtb.response import Bid, BidResponse, SeatBid
from rtb.reasons import NBR, NoBid, NoBidReason
from rtb.shown import shown_of
from rtb.site import RtbSite
from rtb.sold import seal, sold_of
from rtb.ssp import NoBidStyle, SspConfig

INSECURE: Final = ("http:", "http%3a")  # as exchanges look for it in the markup


class Markup(msgspec.Struct, frozen=True, gc=False):
    """What goes into ``adm``, and what the bid says of it."""

    adm: str
    protocol: int = 0
    is_skippable: bool = False
    width: int = 0  # where it is not the offer's
    height: int = 0


def respond(
    request: BidRequest, ssp: SspConfig, offers: Sequence[Offer], *, site: RtbSite, now: datetime
) -> BidResponse:
    """The response to at least one offer, all in one currency.

    An offer whose creative turns out not to fit its impression is left out; its hold expires.
    """
    seconds = int(now.timestamp())
    bids = [bid for offer in offers if (bid := _bid(request, ssp, offer, site, seconds))]
    return BidResponse(
        id=request.id,
        bidid=offers[0].rtb_id,
        cur=offers[0].currency,
        seatbid=(SeatBid(bid=tuple(bids), seat=ssp.seat),) if bids else (),
    )


def no_bid(request_id: str, ssp: SspConfig, reason: NoBid) -> tuple[int, bytes]:
    """Status and body of "no bid" as the exchange wants to hear it."""
    match ssp.no_bid_style:
        case NoBidStyle.NO_CONTENT:
            return 204, b""
        case NoBidStyle.EMPTY:
            return 200, b"{}"
        case NoBidStyle.SEATBID:
            return 200, msgspec.json.encode({"id": request_id, "seatbid": []})
        case NoBidStyle.NBR:
            nbr = NBR.get(reason, NoBidReason.UNKNOWN)
            return 200, msgspec.json.encode({"id": request_id, "seatbid": [], "nbr": int(nbr)})


def uses_http(creative: CreativeConfig, own: str = "") -> bool:
    """Whether markup of the creative would hold an http address, in a link, a file or a text.

    A template's page is loaded from us, and checks its own assets; files at ``own``, our base URL,
    can be had by https too (``RtbSite.secured``).
    """
    if creative.kind == "template":
        return False
    attributes = msgspec.json.encode(creative.attributes).decode()
    text = f"{creative.image_url} {creative.html} {attributes}"
    if own:
        text = text.replace(f"{own}/", "")
    text = text.lower()
    return any(scheme in text for scheme in INSECURE)


def _bid(request: BidRequest, ssp: SspConfig, offer: Offer, site: RtbSite, now: int) -> Bid | None:
    try:
        markup = _markup(offer, site, now)
    except NothingFits:
        return None
    shown, attributes = shown_of(offer.ad), offer.ad.creative.attributes
    token = seal(sold_of(offer, auction_id=request.id, ssp_id=ssp.id, bid_at=now), site)
    notices = notice_urls(site.base_url, token)
    return Bid(
        id=offer.rtb_id,
        impid=offer.imp.id,
        price=offer.bid_price,
        adid=shown.adid,
        nurl=notices.win,
        burl=notices.bill,
        lurl=notices.loss,
        adm=site.secured(markup.adm, offer.imp.secure),
        adomain=shown.adomain,
        bundle=attributes.bundle,
        iurl=shown.iurl,
        cid=shown.cid,
        crid=shown.crid,
        cattax=attributes.cattax,
        cat=attributes.cat,
        attr=_attr(attributes.attr, is_skippable=markup.is_skippable),
        apis=attributes.api,
        protocol=markup.protocol,
        language=shown.language,
        dealid=offer.deal_id,
        w=markup.width or offer.width,
        h=markup.height or offer.height,
        exp=offer.shown_within,
        dur=attributes.duration if markup.protocol else 0,
        mtype=shown.mtype,
    )


def _markup(offer: Offer, site: RtbSite, now: int) -> Markup:
    """Raises NothingFits."""
    imp = offer.imp
    match offer.ad.format:
        case Format.BANNER:
            return Markup(banner(offer, site, now))
        case Format.NATIVE if imp.native:
            return Markup(native(offer, imp.native, site, now))
        case Format.VIDEO if imp.video:
            linear = vast.video(offer, imp.video, site, now)
        case Format.AUDIO if imp.audio:
            linear = vast.audio(offer, imp.audio, site, now)
        case _:
            raise NothingFits(f"impression {imp.id!r} has no {offer.ad.format.value}")
    size = linear.width, linear.height
    return Markup(linear.adm, linear.protocol, linear.is_skippable, *size)


def _attr(attr: tuple[int, ...], *, is_skippable: bool) -> tuple[int, ...]:
    button = CreativeAttribute.SKIP_BUTTON
    return (*attr, button) if is_skippable and button not in attr else attr
