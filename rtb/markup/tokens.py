"""The credentials in a bid's markup: bound to the auction, counted once, without a cost (pure).

What an exchange charges is booked when it bills; the impression itself costs nothing more.
"""

import hashlib

from adserving.credentials import NONCE_BYTES, Grant, Served
from adserving.links import Tracking, template_url, tracking
from events.types import TEXT_CHARS
from rtb.offer import Offer
from rtb.site import RtbSite


def nonce_of(rtb_id: str) -> bytes:
    """The same for every rendering of a bid, so that its events count once."""
    return hashlib.blake2b(rtb_id.encode(), digest_size=NONCE_BYTES).digest()


def tracking_of(offer: Offer, site: RtbSite, now: int) -> Tracking:
    """Impression, viewable and click URLs of an ad without a template."""
    item = offer.ad.line_item
    served = Served(
        tenant_id=item.tenant_id,
        campaign_id=item.campaign.id,
        nonce=nonce_of(offer.rtb_id),
        served_at=now,
        segment_id=offer.segment_id,
        line_item_id=item.id,
        creative_id=offer.ad.creative.id,
        auction_id=offer.rtb_id,
        user_id=_user_id(offer),
        is_test=offer.is_test,
    )
    return tracking(
        site.url_for(offer.imp.secure),
        served,
        expires_at=now + site.click_seconds,
        keyring=site.keyring,
    )


def page_url(offer: Offer, site: RtbSite, now: int) -> str:
    """The template page of a bid; its tag asks for the decision and counts."""
    item = offer.ad.line_item
    grant = Grant(
        tenant_id=item.tenant_id,
        campaign_id=item.campaign.id,
        template_id=offer.ad.creative.template_id or 0,
        segment_id=offer.segment_id,
        line_item_id=item.id,
        creative_id=offer.ad.creative.id,
        auction_id=offer.rtb_id,
        nonce=nonce_of(offer.rtb_id),
        user_id=_user_id(offer),
        is_test=offer.is_test,
    )
    return template_url(
        site.url_for(offer.imp.secure),
        grant,
        expires_at=now + site.page_seconds,
        keyring=site.keyring,
    )


def _user_id(offer: Offer) -> str:
    """An id that is longer than an event may hold would make the event unreadable."""
    return offer.user_id if len(offer.user_id) <= TEXT_CHARS else ""
