"""[FLOW] From a served ad's token to the event that is stored: judged here, once, at the door."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adplatform.doors import Request
from adserving import refresh
from adserving.addresses.source import source_of
from adserving.context import device_of, is_prefetch
from adserving.credentials import Opened, Served
from adserving.endpoint.site import Site
from adserving.frequency import Shown, User, count_impressions, uncount
from adserving.snapshot import Cap, Snapshot
from adserving.traffic import memory
from adserving.traffic.memory import Visit
from adserving.traffic.rules import NOTHING, Hit, Seen, judge
from events.accept import event_id_for
from events.types import Event, EventType, InvalidReason, first_reason


def track(
    site: Site, kind: EventType, request: Request, opened: Opened, *, after_click: bool = False
) -> None:
    """Store the event of one request, with every validity rule that it breaks.

    ``after_click``: the tag sent this impression because its ad was being clicked.
    """
    if not _is_counted(request):
        return
    now = site.now()
    hit = _hit(site, kind, request, opened, now)
    visit = _visit(site, hit, request, opened.served, after_click=after_click)
    seen = _ask(site, visit)
    event = _event(opened.served, kind, request, now, judge(hit, seen, site.policy))
    site.accept(event)
    _settle(visit, seen, event)


def _is_counted(request: Request) -> bool:
    """A HEAD request asks for nothing to be shown."""
    if request.method != "HEAD":
        return True
    metrics.REASONS.labels("beacon", "head").inc()
    return False


def _hit(site: Site, kind: EventType, request: Request, opened: Opened, now: datetime) -> Hit:
    device = device_of(request.user_agent)
    source = source_of(request.remote_addr)
    age = now.timestamp() - opened.served.served_at
    is_late = kind is not EventType.CLICK and age > site.impression_seconds
    return Hit(
        kind=kind,
        at=now.timestamp(),
        served_at=opened.served.served_at,
        source=source.key,
        is_robot=device.is_bot,
        is_library=device.is_library,
        is_prefetch=is_prefetch(request.header),
        is_listed=source.address is not None and source.address in _snapshot().listed_sources,
        is_expired=opened.expired or is_late,
    )


def _visit(site: Site, hit: Hit, request: Request, served: Served, *, after_click: bool) -> Visit:
    would_count = not judge(hit, NOTHING, site.policy)
    is_capped = would_count and hit.kind is EventType.IMPRESSION and not served.is_test
    return Visit(
        hit=hit,
        served=served,
        user_agent=request.user_agent,
        would_count=would_count,
        keep_seconds=site.click_seconds,
        after_click=after_click,
        event_id=str(event_id_for(served.nonce, hit.kind)),
        caps=_caps(served.line_item_id, served.user_id) if is_capped else (),
    )


def _caps(line_item_id: int, user_id: str) -> Sequence[Cap]:
    item = _snapshot().line_items.get(line_item_id)
    return item.caps if item and user_id else ()


def _snapshot() -> Snapshot:
    """An empty one while this process still loads: a beacon cannot be sent again."""
    try:
        return refresh.current()
    except refresh.NotLoaded:
        return Snapshot(compiled_at=datetime.now(UTC))


def _ask(site: Site, visit: Visit) -> Seen:
    """What Redis remembers; without it the hit passes, and that is counted."""
    try:
        return memory.ask(visit, site.policy)
    except (RedisError, EngineNotRunning):
        metrics.UNCOUNTED.labels("validity").inc()
        if visit.caps:
            metrics.UNCOUNTED.labels("frequency").inc()
        return NOTHING


def _event(served: Served, kind: EventType, request: Request, now: datetime, flags: int) -> Event:
    reason = first_reason(flags)
    device = device_of(request.user_agent)
    return Event(
        event_id=_event_id(served.nonce, kind, reason),
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
        cost_micros=served.cost_micros if kind is EventType.IMPRESSION and not flags else 0,
        invalid_reason=reason,
        invalid_flags=flags,
        device_type=device.device_type,
        os=device.os,
        browser=device.browser,
        is_test=served.is_test,
        batch_id=served.batch_id,
        propensity=served.propensity,
    )


def _event_id(nonce: bytes, kind: EventType, reason: InvalidReason) -> UUID:
    """The event that counts has the id of its token and kind, so that it counts once.

    One that does not count must never take that id: a prefetch comes before the visitor. A beacon
    that is sent again is one beacon; a click that is made again is another click.
    """
    if not reason:
        return event_id_for(nonce, kind)
    return uuid4() if kind is EventType.CLICK else event_id_for(nonce, f"{kind}:{reason}")


def _settle(visit: Visit, seen: Seen, event: Event) -> None:
    """Count the verdict; an impression that its rate made invalid does not use up a cap.

    One that repeats an impression that counted leaves that one's count alone.
    """
    if not event.invalid_reason:
        return
    metrics.REASONS.labels("validity", event.invalid_reason.value).inc()
    if seen.raised_caps:
        try:
            uncount(visit.shown)
        except (RedisError, EngineNotRunning):
            metrics.UNCOUNTED.labels("frequency").inc()


def observe(events: Sequence[Event]) -> None:
    """Events that came through /api/events/: impressions count towards frequency caps.

    One round trip for all of them.
    """
    shown = [
        Shown(User(event.tenant_id, event.user_id), str(event.event_id), caps)
        for event in events
        if event.event_type is EventType.IMPRESSION
        and not event.is_test
        and (caps := _caps(event.line_item_id, event.user_id))
    ]
    try:
        count_impressions(shown)
    except (RedisError, EngineNotRunning):
        metrics.UNCOUNTED.labels("frequency").inc(len(shown))
