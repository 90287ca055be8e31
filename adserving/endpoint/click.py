"""`/ad_server/click_counter`: count the click, redirect to the landing page that we know."""

from urllib.parse import urlsplit

from adplatform import metrics
from adplatform.doors import Door, Problem, Request, Response, method_not_allowed, redirect
from adplatform.tokens import BadToken
from adserving.credentials import Opened, Served, open_served
from adserving.endpoint.site import Site, integer, not_found, snapshot_or_503, text
from adserving.endpoint.tracked import track
from adserving.snapshot import Snapshot
from campaigns.components import ValueRejected, clean_landing_url, fill_landing_macros
from events.types import EventType


def build(site: Site) -> Door:
    """A bad token is 404 and nothing counts; a genuine one always redirects."""

    def door(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise method_not_allowed("GET")
        opened = _open(site, request)
        location = _landing(opened.served, snapshot_or_503(), allow_http=site.allow_http)
        track(site, EventType.CLICK, request, opened)
        return redirect(location, (("Referrer-Policy", "strict-origin-when-cross-origin"),))

    return door


def _open(site: Site, request: Request) -> Opened:
    """The token, when the query's ids are the ones it was signed for."""
    asked = (
        integer(request, "campaign_id"),
        integer(request, "segment_id", default=0),
        integer(request, "template", default=0),
        request.query.get("ad_id", ""),
    )
    try:
        opened = open_served(
            text(request, "credentials"), now=int(site.now().timestamp()), keyring=site.keyring
        )
    except BadToken as exc:
        metrics.REASONS.labels("click", "bad_token").inc()
        raise not_found() from exc
    served = opened.served
    if asked != (served.campaign_id, served.segment_id, served.template_id, served.ad_id):
        metrics.REASONS.labels("click", "ids_do_not_fit_token").inc()
        raise not_found()
    return opened


def _landing(served: Served, snapshot: Snapshot, *, allow_http: bool) -> str:
    """The stored destination, checked again: the URL of a click never carries one."""
    creative = snapshot.creatives.get(served.creative_id)
    template = snapshot.templates.get(served.template_id)
    stored = (creative.landing_url if creative else "") or (
        template.landing_url if template else ""
    )
    if not stored or served.tenant_id not in snapshot.tenants:
        raise not_found()
    macros = {
        "campaign_id": str(served.campaign_id),
        "template_id": str(served.template_id),
        "ad_id": served.ad_id,
        "segment_id": str(served.segment_id),
        "click_id": served.nonce.hex(),
    }
    try:
        clean_landing_url(stored, allow_http=allow_http)
    except ValueRejected as exc:
        raise Problem(404, "Not found", "the landing page of this ad is not usable") from exc
    location = fill_landing_macros(stored, macros)
    if urlsplit(location).hostname != urlsplit(stored).hostname:
        raise Problem(404, "Not found", "the landing page of this ad is not usable")
    return location
