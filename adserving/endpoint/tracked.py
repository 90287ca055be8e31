"""From a served ad's token to the event that is counted, and to the user's frequency counters."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from adplatform import metrics
from adplatform.clients.redis import RedisError
from adplatform.doors import Request
from adserving import refresh
from adserving.context import device_of, is_bot, is_prefetch
from adserving.credentials import Served
from adserving.frequency import User, count_impression
from events.accept import event_id_for
from events.types import Event, EventType, InvalidReason


def is_counted(request: Request) -> bool:
    """HEAD requests and prefetches are answered and never counted."""
    if request.method == "HEAD" or is_prefetch(request.header):
        metrics.REASONS.labels("beacon", "head_or_prefetch").inc()
        return False
    return True


def event_of(
    served: Served,
    kind: EventType,
    request: Request,
    *,
    now: datetime,
    reason: InvalidReason = InvalidReason.NONE,
    event_id: UUID | None = None,
) -> Event:
    """The event; its id derives from the token and the kind, so that a repeat counts once."""
    if not reason and is_bot(request.user_agent):
        reason = InvalidReason.KNOWN_BOT
    device = device_of(request.user_agent)
    return Event(
        event_id=event_id or event_id_for(served.nonce, kind),
        tenant_id=served.tenant_id,
        ts=now,
        received_at=now,
        event_type=kind,
        user_id=served.user_id,
        session_id=served.session_id,
        campaign_id=served.campaign_id,
        line_item_id=served.line_item_id,
        placement_id=served.placement_id,
        creative_id=served.creative_id,
        template_id=served.template_id,
        segment_id=served.segment_id,
        ad_id=served.ad_id,
        auction_id=served.auction_id,
        cost_micros=served.cost_micros if kind is EventType.IMPRESSION and not reason else 0,
        invalid_reason=reason,
        device_type=device.device_type,
        os=device.os,
        browser=device.browser,
    )


def count_frequency(event: Event) -> bool:
    """Raise the user's counters; False when Redis is away: comfort fails open, and says so."""
    item = refresh.current().line_items.get(event.line_item_id)
    if item is None or not item.caps or not event.user_id:
        return True
    try:
        count_impression(User(event.tenant_id, event.user_id), str(event.event_id), item.caps)
    except RedisError:
        metrics.UNCOUNTED.labels("frequency").inc()
        return False
    return True


def observe(events: Sequence[Event]) -> None:
    """Events that came through /api/events/: impressions count towards frequency caps.

    Stops where Redis does not answer: their sender must not wait for one time-out each.
    """
    shown = [e for e in events if e.event_type is EventType.IMPRESSION and not e.is_test]
    for event in shown:
        if not count_frequency(event):
            return
