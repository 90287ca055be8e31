"""One record for each bid that was sent."""

from collections.abc import Callable, Sequence
from datetime import datetime

from events.accept import event_id_for
from rtb.offer import Offer
from rtb.openrtb.request import BidRequest
from rtb.records import BidRecord, RecordKind
from rtb.ssp import SspConfig

ID_CHARS = 256  # of what an exchange sends, as much as a record takes

Recording = Callable[[BidRequest, SspConfig, Sequence[Offer], datetime], None]


def recording(tell: Callable[[BidRecord], None]) -> Recording:
    """``tell`` stores a record and never waits."""

    def record_bids(
        asked: BidRequest, ssp: SspConfig, offers: Sequence[Offer], now: datetime
    ) -> None:
        for offer in offers:
            tell(record_of(asked, ssp, offer, now))

    return record_bids


def record_of(asked: BidRequest, ssp: SspConfig, offer: Offer, now: datetime) -> BidRecord:
    item, creative = offer.ad.line_item, offer.ad.creative
    return BidRecord(
        event_id=event_id_for(offer.rtb_id.encode(), RecordKind.BID.value),
        tenant_id=ssp.tenant_id,
        ts=now,
        received_at=now,
        kind=RecordKind.BID,
        rtb_id=offer.rtb_id,
        auction_id=asked.id[:ID_CHARS],
        imp_id=offer.imp.id[:ID_CHARS],
        ssp_id=ssp.id,
        campaign_id=item.campaign.id,
        line_item_id=item.id,
        creative_id=creative.id,
        deal_id=offer.deal_id[:ID_CHARS],
        format=offer.ad.format,
        width=offer.width,
        height=offer.height,
        country=offer.country,
        domain=offer.inventory[:ID_CHARS],
        price_micros=offer.price,
        value_micros=offer.value,
        floor_micros=offer.floor,
        auction_type=offer.auction_type,
        shading=offer.shading,
        policy_version=offer.policy_version,
        is_test=offer.is_test,
    )
