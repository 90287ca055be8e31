"""One event of the unified schema (seed 001 section 5.2), as it travels through Kafka as JSON."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec

ID_MAX: Final = 2**63 - 1
TEXT_CHARS: Final = 128
AD_ID_CHARS: Final = 512

Id = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]  # 0: none
Amount = Annotated[int, msgspec.Meta(ge=-ID_MAX, le=ID_MAX)]
Text = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS)]
AdId = Annotated[str, msgspec.Meta(max_length=AD_ID_CHARS)]
Propensity = Annotated[float, msgspec.Meta(ge=0, le=1)]
Flags = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class EventType(StrEnum):
    """What happened; VIEW is MRC's viewable impression.

    BILLING is an exchange's notice that an impression is to be paid: it has a cost, only the
    platform makes it, and it counts as no impression.
    """

    IMPRESSION = "IMPRESSION"
    CLICK = "CLICK"
    CONVERSION = "CONVERSION"
    VIEW = "VIEW"
    INTERACTION = "INTERACTION"
    BILLING = "BILLING"


class InvalidReason(StrEnum):
    """Why an event is stored but not counted; NONE is a valid event.

    In order of precedence: of several that hold, an event's reason is the first.
    """

    NONE = ""
    KNOWN_BOT = "known_bot"
    PREFETCH = "prefetch"
    LISTED_SOURCE = "listed_source"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105
    REPLAYED_TOKEN = "replayed_token"  # noqa: S105
    IMPOSSIBLE_TIME = "impossible_time"
    CLICK_WITHOUT_IMPRESSION = "click_without_impression"
    DUPLICATE_CLICK = "duplicate_click"
    RATE_LIMIT = "rate_limit"


INVALID_BITS: Final = {  # of ``Event.invalid_flags``; stored, so a bit never changes its meaning
    InvalidReason.KNOWN_BOT: 1,
    InvalidReason.LISTED_SOURCE: 2,
    InvalidReason.PREFETCH: 4,
    InvalidReason.DUPLICATE_CLICK: 8,
    InvalidReason.RATE_LIMIT: 16,
    InvalidReason.CLICK_WITHOUT_IMPRESSION: 64,
    InvalidReason.EXPIRED_TOKEN: 128,
    InvalidReason.IMPOSSIBLE_TIME: 1024,
    InvalidReason.REPLAYED_TOKEN: 4096,
}


def first_reason(flags: int) -> InvalidReason:
    """The reason that goes before the others in ``flags``; NONE when no bit is set."""
    found = (reason for reason in InvalidReason if INVALID_BITS.get(reason, 0) & flags)
    return next(found, InvalidReason.NONE)


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An accepted event: ids belong to the tenant, times are aware UTC."""

    event_id: UUID
    tenant_id: Annotated[int, msgspec.Meta(ge=1, le=ID_MAX)]
    ts: Moment
    event_type: EventType
    user_id: Text = ""
    session_id: Text = ""
    campaign_id: Id = 0
    line_item_id: Id = 0
    placement_id: Id = 0
    creative_id: Id = 0
    template_id: Id = 0
    segment_id: Id = 0
    ad_id: AdId = ""
    auction_id: Text = ""
    value_cents: Amount = 0
    cost_micros: Amount = 0
    invalid_reason: InvalidReason = InvalidReason.NONE
    invalid_flags: Flags = 0  # every reason that holds, as INVALID_BITS
    country: Text = ""
    region: Text = ""
    device_type: Text = ""
    os: Text = ""
    browser: Text = ""
    received_at: Moment | None = None
    is_test: bool = False  # stored, never in reports
    batch_id: Id = 0  # that the combination was drawn from
    propensity: Propensity = 0.0  # with which it was drawn; 0: not known
    metadata: dict[str, Any] = {}

    @property
    def key(self) -> bytes:
        """The Kafka key: a retry of an event always meets its first copy in one partition."""
        return b"%d:%b" % (self.tenant_id, str(self.event_id).encode())


encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Event).decode
