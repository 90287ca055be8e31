"""What the doors share: settings read once at wiring time, the clock, the snapshot, parameters."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random

from django.http.request import validate_host

from adplatform.doors import Problem, Request
from adplatform.tokens import Keyring
from adserving import refresh
from adserving.credentials import Grant
from adserving.match import spent_budget
from adserving.reasons import Reason
from adserving.snapshot import Snapshot
from adserving.traffic.rules import Policy
from events.types import ID_MAX, Event
from tenants.keys import Caller, bearer, identify

HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Site:
    """Everything a door needs from outside; tests build their own."""

    keyring: Keyring
    base_url: str
    allowed_hosts: tuple[str, ...]
    allow_http: bool
    decision_seconds: int
    impression_seconds: int
    click_seconds: int
    accept: Callable[[Event], None]
    rng: Random
    policy: Policy = field(default_factory=Policy)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    def url_of(self, request: Request) -> str:
        """Scheme and host that the caller used, when we serve that host; else BASE_URL.

        An ad page may only call its own origin, so its links must name the host it came from.
        """
        host = request.header("host").lower()
        if not _is_served(host, self.allowed_hosts):
            return self.base_url
        secure = request.environ.get("wsgi.url_scheme") == "https"
        forwarded = request.limits.trusted_proxies and request.header("x-forwarded-proto")
        scheme = forwarded if forwarded in {"http", "https"} else ("http", "https")[secure]
        return f"{scheme}://{host}"


@lru_cache(maxsize=1024)
def _is_served(host: str, allowed: tuple[str, ...]) -> bool:
    match = HOST.fullmatch(host)
    return match is not None and validate_host(match[1], allowed)


def snapshot_or_503() -> Snapshot:
    try:
        return refresh.current()
    except refresh.NotLoaded as exc:
        raise Problem(503, "Not ready", str(exc), headers=(("Retry-After", "1"),)) from exc


def authenticate(request: Request, scope: str) -> Caller:
    """The caller of an API key that opens ``scope``; 401 without a key, 403 without the scope."""
    snapshot = snapshot_or_503()
    caller = identify(bearer(request.header("authorization")), snapshot.keys)
    if caller is None:
        raise Problem(
            401,
            "API key needed",
            "send Authorization: Bearer <key>; a key is made in the admin under API keys",
            headers=(("WWW-Authenticate", "Bearer"),),
        )
    if scope not in caller.scopes:
        raise Problem(403, "Scope missing", f"this key does not open {scope!r}")
    refresh.note_key_use(caller.key_prefix)
    return caller


def integer(request: Request, name: str, *, default: int | None = None) -> int:
    """A non-negative id from the query; 400 when it is missing (without default) or malformed."""
    raw = request.query.get(name, "")
    if not raw:
        if default is not None:
            return default
        raise Problem(400, "Missing parameter", f"{name} is missing")
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 19 and int(raw) <= ID_MAX):  # noqa: PLR2004
        raise Problem(400, "Bad parameter", f"{name} must be a whole number, not {raw[:40]!r}")
    return int(raw)


def text(request: Request, name: str) -> str:
    raw = request.query.get(name, "")
    if not raw:
        raise Problem(400, "Missing parameter", f"{name} is missing")
    return raw


def not_found() -> Problem:
    """One answer for what does not exist, is another tenant's, or carries a bad credential."""
    return Problem(404, "Not found", "unknown ids, or credentials that do not fit them")


def why_not_serving(snapshot: Snapshot, grant: Grant, now: datetime) -> str:
    """Why a tag's campaign or line item does not serve now; empty while it does.

    A budget counts as spent when the last known figures say so: an ad that a publisher has placed
    is not blanked because reports cannot be reached. What an auction sold is shown whatever the
    budget says: the bid has held its price.
    """
    campaign = snapshot.campaigns.get(grant.campaign_id)
    if campaign is None or not campaign.active:
        return Reason.CAMPAIGN_NOT_ACTIVE
    if now < campaign.start_at:
        return Reason.CAMPAIGN_NOT_STARTED
    if now >= campaign.end_at:
        return Reason.CAMPAIGN_ENDED
    item = snapshot.line_items.get(grant.line_item_id)
    if item and not item.active:
        return Reason.LINE_ITEM_NOT_ACTIVE
    if item is None or grant.auction_id:
        return ""
    spent = spent_budget(item, refresh.current_spend())
    return spent[0] if spent else ""
