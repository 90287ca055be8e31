"""The hot door ``POST /api/events/``: authenticate, validate everything, queue everything."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from adplatform import metrics
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.kafka import KafkaUnavailable
from adplatform.doors import (
    CORS_ANY,
    Door,
    Problem,
    Request,
    Response,
    json_response,
    method_not_allowed,
    preflight,
)
from events import accept, bodies, directory
from events.types import Event
from events.validate import Reason, Rejection, validate
from tenants.keys import Caller
from tenants.scopes import Scope

MAX_ERRORS: Final = 50


class Queued(msgspec.Struct, frozen=True):
    """The answer: how many events the broker has acknowledged."""

    status: str
    accepted: int


def build_door(
    authenticate: Callable[[Request], Caller], observe: Callable[[Sequence[Event]], None]
) -> Door:
    """The door; ``authenticate`` raises a ``Problem``, ``observe`` sees what was accepted."""

    def door(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        if request.method != "POST":
            raise method_not_allowed("POST", "OPTIONS")
        caller = _may_send(authenticate(request))
        items = _items(request)
        events = _valid(items, caller.tenant_id, datetime.now(UTC))
        observe(_queue(events))
        return json_response(202, Queued("queued", len(events)), (CORS_ANY,))

    return door


def _may_send(caller: Caller) -> Caller:
    if Scope.EVENTS in caller.scopes:
        return caller
    raise Problem(403, "Not allowed", f"this API key lacks the scope {Scope.EVENTS.value!r}")


def _items(request: Request) -> Sequence[bodies.Item]:
    try:
        return bodies.cut(request.body(), request.header("content-type"))
    except bodies.BadBody as exc:
        raise Problem(400, "Bad request body", str(exc)) from exc
    except bodies.TooManyEvents as exc:
        raise Problem(413, "Too many events", str(exc)) from exc


def _valid(items: Sequence[bodies.Item], tenant_id: int, now: datetime) -> list[Event]:
    """All events, or none: a client that repeats a corrected batch never counts twice."""
    known = _directory()
    events: list[Event] = []
    rejections: list[Rejection] = []
    for index, item in enumerate(items):
        outcome = validate(item, now=now, tenant_id=tenant_id, directory=known, index=index)
        if isinstance(outcome, Event):
            events.append(outcome)
        else:
            rejections.append(outcome)
    if rejections:
        raise _refusal(rejections, len(items))
    return events


def _directory() -> directory.Directory:
    try:
        return directory.current()
    except directory.DirectoryNotLoaded as exc:
        raise _later(str(exc), seconds=1) from exc


def _refusal(rejections: Sequence[Rejection], sent: int) -> Problem:
    for rejection in rejections:
        metrics.REASONS.labels("event", rejection.reason.value).inc()
    if any(rejection.reason is Reason.UNKNOWN_TENANT for rejection in rejections):
        return Problem(404, "Not found", "no such tenant")
    detail = f"{len(rejections)} of {sent} events are invalid; none was queued"
    return Problem(400, "Invalid events", detail, errors=rejections[:MAX_ERRORS])


def _queue(events: Sequence[Event]) -> list[Event]:
    try:
        return accept.accept_batch(events)
    except (KafkaUnavailable, EngineNotRunning) as exc:
        raise _later("the event queue does not answer; send the same events again", 5) from exc


def _later(detail: str, seconds: int) -> Problem:
    return Problem(503, "Try again later", detail, headers=(("Retry-After", str(seconds)),))
