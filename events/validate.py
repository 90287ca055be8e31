"""Check one event that a client sent; pure: the clock, the tenant and its ids are arguments."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from adplatform import money
from events.directory import Directory, LineItemRef, TenantIds
from events.types import AdId, Amount, Event, EventType, Id, Text

OLDEST: Final = timedelta(days=7)
NEWEST: Final = timedelta(minutes=10)
METADATA_BYTES: Final = 8192
METADATA_DEPTH: Final = 5
EVENT_TYPES: Final = {  # a billing is ours alone: it spends money
    member.value: member for member in EventType if member is not EventType.BILLING
} | {"VIEWABLE": EventType.VIEW}


class Reason(StrEnum):
    """Why an event is refused; every refusal is counted under its reason."""

    NOT_JSON = "not_json"
    MISSING_FIELD = "missing_field"
    UNKNOWN_FIELD = "unknown_field"
    BAD_VALUE = "bad_value"
    BAD_EVENT_ID = "bad_event_id"
    BAD_EVENT_TYPE = "bad_event_type"
    BAD_TIMESTAMP = "bad_timestamp"
    EVENT_TOO_OLD = "event_too_old"
    EVENT_IN_FUTURE = "event_in_future"
    METADATA_TOO_LARGE = "metadata_too_large"
    METADATA_TOO_DEEP = "metadata_too_deep"
    UNKNOWN_TENANT = "unknown_tenant"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    UNKNOWN_LINE_ITEM = "unknown_line_item"
    UNKNOWN_PLACEMENT = "unknown_placement"
    UNKNOWN_CREATIVE = "unknown_creative"
    OTHER_CAMPAIGN = "other_campaign"


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why the event at ``index`` was refused, in words for its sender."""

    reason: Reason
    message: str
    field: str = ""
    index: int = 0


class Sent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event as clients send it: what only the platform may say is accepted and ignored."""

    event_id: UUID
    ts: str
    event_type: str
    tenant_id: Id | None = None
    user_id: Text | None = None
    session_id: Text | None = None
    campaign_id: Id | None = None
    line_item_id: Id | None = None
    placement_id: Id | None = None
    creative_id: Id | None = None
    template_id: Id | None = None
    segment_id: Id | None = None
    ad_id: AdId | None = None
    auction_id: Text | None = None
    value_cents: Amount | None = None
    country: Text | None = None
    region: Text | None = None
    device_type: Text | None = None
    os: Text | None = None
    browser: Text | None = None
    is_test: bool | None = None
    metadata: dict[str, Any] | None = None
    cost_micros: msgspec.Raw = msgspec.Raw()
    invalid_reason: msgspec.Raw = msgspec.Raw()
    invalid_flags: msgspec.Raw = msgspec.Raw()
    received_at: msgspec.Raw = msgspec.Raw()
    batch_id: msgspec.Raw = msgspec.Raw()
    propensity: msgspec.Raw = msgspec.Raw()


@dataclass(frozen=True, slots=True)
class Claim:
    """What the rules look at: the event as sent, and what is known about its ids."""

    sent: Sent
    ts: datetime
    now: datetime
    tenant_id: int
    ids: TenantIds
    line_item: LineItemRef | None


Rule = Callable[[Claim], Rejection | None]
_decode = msgspec.json.Decoder(Sent).decode
_PATH_AT_END = re.compile(r" - at `\$\.?(?P<field>[^`]*)`$")
_FIELD_INSIDE = re.compile(r"field `(?P<field>[^`]*)`")


def validate(
    raw: bytes | msgspec.Raw, *, now: datetime, tenant_id: int, directory: Directory, index: int = 0
) -> Event | Rejection:
    """The event of one JSON object, or why it is refused; raises nothing."""
    outcome = _validate(raw, now, tenant_id, directory)
    return replace(outcome, index=index) if isinstance(outcome, Rejection) else outcome


def _validate(
    raw: bytes | msgspec.Raw, now: datetime, tenant_id: int, directory: Directory
) -> Event | Rejection:
    sent = _parse(raw)
    if isinstance(sent, Rejection):
        return sent
    ts = _moment(sent.ts)
    if isinstance(ts, Rejection):
        return ts
    ids = directory.of(tenant_id)
    claim = Claim(sent, ts, now, tenant_id, ids, ids.line_items.get(sent.line_item_id or 0))
    return next(_refusals(claim), None) or _event(claim)


def _parse(raw: bytes | msgspec.Raw) -> Sent | Rejection:
    try:
        return _decode(raw)
    except msgspec.ValidationError as exc:
        return _wrong_shape(str(exc))
    except RecursionError:
        return Rejection(Reason.METADATA_TOO_DEEP, "the event is nested too deeply")
    except ValueError as exc:  # msgspec.DecodeError and UnicodeDecodeError are ValueErrors
        return Rejection(Reason.NOT_JSON, f"not a JSON object in UTF-8: {exc}")


def _wrong_shape(message: str) -> Rejection:
    """Turn msgspec's words into a rejection that names the field."""
    inside, at_end = _FIELD_INSIDE.search(message), _PATH_AT_END.search(message)
    if inside and message.startswith("Object missing"):
        name = inside["field"]
        return Rejection(Reason.MISSING_FIELD, f"{name} is required", name)
    if inside and "unknown field" in message:
        name = inside["field"]
        return Rejection(Reason.UNKNOWN_FIELD, f"{name!r} is no field: use metadata for it", name)
    name = at_end["field"] if at_end else ""
    if name == "event_id":
        return Rejection(Reason.BAD_EVENT_ID, "event_id must be a UUID", name)
    return Rejection(Reason.BAD_VALUE, _PATH_AT_END.sub("", message), name)


def _moment(text: str) -> datetime | Rejection:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        problem = "has no time zone: end it with Z or an offset such as -05:00"
    except (ValueError, OverflowError):
        problem = "is not an ISO 8601 time such as 2026-11-21T12:00:00Z"
    return Rejection(Reason.BAD_TIMESTAMP, f"ts {text[:40]!r} {problem}", "ts")


def _refusals(claim: Claim) -> Iterator[Rejection]:
    return (refusal for rule in RULES if (refusal := rule(claim)))


def _same_tenant(claim: Claim) -> Rejection | None:
    if claim.sent.tenant_id in {None, claim.tenant_id}:
        return None
    return Rejection(Reason.UNKNOWN_TENANT, "no such tenant", "tenant_id")


def _known_type(claim: Claim) -> Rejection | None:
    if claim.sent.event_type.upper() in EVENT_TYPES:
        return None
    allowed = ", ".join(EVENT_TYPES)
    message = f"event_type {claim.sent.event_type[:40]!r} is none of {allowed}"
    return Rejection(Reason.BAD_EVENT_TYPE, message, "event_type")


def _recent(claim: Claim) -> Rejection | None:
    if claim.ts >= claim.now - OLDEST:
        return None
    message = f"ts {claim.sent.ts} is older than {OLDEST.days} days"
    return Rejection(Reason.EVENT_TOO_OLD, message, "ts")


def _not_ahead(claim: Claim) -> Rejection | None:
    if claim.ts <= claim.now + NEWEST:
        return None
    minutes = NEWEST // timedelta(minutes=1)
    message = f"ts {claim.sent.ts} is more than {minutes} minutes ahead of the server's clock"
    return Rejection(Reason.EVENT_IN_FUTURE, message, "ts")


def _small_metadata(claim: Claim) -> Rejection | None:
    metadata = claim.sent.metadata
    if not metadata or len(msgspec.json.encode(metadata)) <= METADATA_BYTES:
        return None
    message = f"metadata is larger than {METADATA_BYTES} bytes"
    return Rejection(Reason.METADATA_TOO_LARGE, message, "metadata")


def _flat_metadata(claim: Claim) -> Rejection | None:
    if not claim.sent.metadata or _depth(claim.sent.metadata) <= METADATA_DEPTH:
        return None
    message = f"metadata is nested deeper than {METADATA_DEPTH} levels"
    return Rejection(Reason.METADATA_TOO_DEEP, message, "metadata")


def _own_campaign(claim: Claim) -> Rejection | None:
    if not claim.sent.campaign_id or claim.sent.campaign_id in claim.ids.campaigns:
        return None
    return Rejection(Reason.UNKNOWN_CAMPAIGN, "no such campaign", "campaign_id")


def _own_line_item(claim: Claim) -> Rejection | None:
    if not claim.sent.line_item_id or claim.line_item:
        return None
    return Rejection(Reason.UNKNOWN_LINE_ITEM, "no such line item", "line_item_id")


def _own_placement(claim: Claim) -> Rejection | None:
    if not claim.sent.placement_id or claim.sent.placement_id in claim.ids.placements:
        return None
    return Rejection(Reason.UNKNOWN_PLACEMENT, "no such placement", "placement_id")


def _own_creative(claim: Claim) -> Rejection | None:
    if not claim.sent.creative_id or claim.sent.creative_id in claim.ids.creatives:
        return None
    return Rejection(Reason.UNKNOWN_CREATIVE, "no such creative", "creative_id")


def _line_item_in_campaign(claim: Claim) -> Rejection | None:
    sent, line_item = claim.sent, claim.line_item
    if not (line_item and sent.campaign_id) or line_item.campaign_id == sent.campaign_id:
        return None
    message = "the line item belongs to another campaign"
    return Rejection(Reason.OTHER_CAMPAIGN, message, "line_item_id")


RULES: Final[tuple[Rule, ...]] = (
    _same_tenant,
    _known_type,
    _recent,
    _not_ahead,
    _small_metadata,
    _flat_metadata,
    _own_campaign,
    _own_line_item,
    _own_placement,
    _own_creative,
    _line_item_in_campaign,
)


def _depth(value: object) -> int:
    """How deep containers are nested, looked at level by level and no further than is allowed."""
    depth, level = 0, [value]
    while level and depth <= METADATA_DEPTH:
        containers = [each for each in level if isinstance(each, dict | list)]
        level = [
            inner
            for each in containers
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        depth += bool(containers)
        if not containers:
            break
    return depth


def _event(claim: Claim) -> Event:
    sent, line_item = claim.sent, claim.line_item
    event_type = EVENT_TYPES[sent.event_type.upper()]
    return Event(
        event_id=sent.event_id,
        tenant_id=claim.tenant_id,
        ts=claim.ts,
        event_type=event_type,
        user_id=sent.user_id or "",
        session_id=sent.session_id or "",
        campaign_id=sent.campaign_id or (line_item.campaign_id if line_item else 0),
        line_item_id=sent.line_item_id or 0,
        placement_id=sent.placement_id or (line_item.placement_id if line_item else 0),
        creative_id=sent.creative_id or 0,
        template_id=sent.template_id or 0,
        segment_id=sent.segment_id or 0,
        ad_id=sent.ad_id or "",
        auction_id=sent.auction_id or "",
        value_cents=sent.value_cents or 0,
        cost_micros=_cost(event_type, line_item),
        country=sent.country or "",
        region=sent.region or "",
        device_type=sent.device_type or "",
        os=sent.os or "",
        browser=sent.browser or "",
        received_at=claim.now,
        is_test=bool(sent.is_test),
        metadata=sent.metadata or {},
    )


def _cost(event_type: EventType, line_item: LineItemRef | None) -> money.Micros:
    """What the impression costs; from our own price list, never from the client."""
    if event_type is EventType.IMPRESSION and line_item:
        return money.impression_cost(line_item.cpm_micros)
    return money.Micros(0)
