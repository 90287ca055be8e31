"""`/ad_server/impression` and `/ad_server/viewable`: count what a browser saw."""

from adplatform import metrics
from adplatform.doors import (
    CORS_ANY,
    NO_STORE,
    Door,
    Request,
    Response,
    method_not_allowed,
    preflight,
)
from adplatform.tokens import BadToken
from adserving.credentials import Opened, open_served
from adserving.endpoint.site import Site, not_found, text
from adserving.endpoint.tracked import track
from events.types import EventType

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b"
)
PIXEL_HEADERS = (
    ("Content-Type", "image/gif"),
    NO_STORE,
    CORS_ANY,
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)
METHODS = ("GET", "POST")


def build(site: Site, kind: EventType) -> Door:
    """The door that counts one kind of event; GET answers a pixel, POST (a beacon) 204."""

    def door(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight(*METHODS)
        if request.method not in {"GET", "HEAD", "POST"}:
            raise method_not_allowed(*METHODS)
        opened = _open(site, request)
        track(site, kind, request, opened, after_click=request.query.get("by") == "click")
        if request.method == "POST":
            return Response(204, b"", (NO_STORE, CORS_ANY))
        return Response(200, PIXEL, PIXEL_HEADERS)

    return door


def _open(site: Site, request: Request) -> Opened:
    credentials = text(request, "credentials")
    try:
        return open_served(credentials, now=int(site.now().timestamp()), keyring=site.keyring)
    except BadToken as exc:
        metrics.REASONS.labels("beacon", "bad_token").inc()
        raise not_found() from exc
