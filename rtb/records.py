"""What the bidder tells the analytics store, as it travels through the ``rtb_bids`` topic."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

import msgspec

ID_MAX: Final = 2**63 - 1
Id = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=256)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class RecordKind(StrEnum):
    """REQUEST and NO_BID are counts of many requests; the others are about one bid."""

    REQUEST = "REQUEST"  # count requests of one SSP; reason: why none of them was bid on, or ""
    NO_BID = "NO_BID"  # count times one creative was turned down for one reason
    ELIGIBLE = "ELIGIBLE"  # count times one creative came as far as pacing
    BID = "BID"
    WIN = "WIN"
    BILLING = "BILLING"
    LOSS = "LOSS"


class BidRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One row of ClickHouse's ``rtb_bids``; prices are CPM micros in the account's currency."""

    event_id: UUID
    tenant_id: Annotated[int, msgspec.Meta(ge=1, le=ID_MAX)]
    ts: Moment
    kind: RecordKind
    count: Count = 1
    reason: Text = ""  # of NoBid; of a loss, its code in words
    rtb_id: Text = ""  # ours, one per bid; events carry it as auction_id
    auction_id: Text = ""  # BidRequest.id
    imp_id: Text = ""
    ssp_id: Id = 0
    campaign_id: Id = 0
    line_item_id: Id = 0
    creative_id: Id = 0
    deal_id: Text = ""
    format: Text = ""
    width: Id = 0
    height: Id = 0
    country: Text = ""
    domain: Text = ""  # of the site, or the app's bundle
    price_micros: Count = 0  # what we bid
    value_micros: Count = 0  # what it was worth to us
    floor_micros: Count = 0
    paid_micros: Count = 0  # what the exchange charged, CPM
    min_to_win_micros: Count = 0
    auction_type: Id = 0
    loss_code: Id = 0
    shading: Text = ""  # "", shaded, explored
    policy_version: Text = ""
    is_test: bool = False
    is_late: bool = False  # billed after its hold had expired
    received_at: Moment | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: a repeat of a record meets its first copy in one partition."""
        return b"%d:%b" % (self.tenant_id, str(self.event_id).encode())


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(BidRecord).decode
