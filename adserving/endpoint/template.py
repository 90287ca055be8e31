"""`/ad_server/template`: the ad's page with its tag; the choice itself is made by the tag."""

import secrets
from datetime import timedelta

import msgspec

from adplatform import metrics
from adplatform.doors import NO_STORE, Door, Request, Response, method_not_allowed
from adplatform.money import impression_cost
from adplatform.tokens import Purpose
from adserving.choose import pick_combination
from adserving.credentials import Grant, Served, new_nonce
from adserving.endpoint.grants import Ids, granted
from adserving.endpoint.site import Site, integer, not_found, snapshot_or_503, why_not_serving
from adserving.links import decision_url, tracking
from adserving.render import Fallback, TagConfig, content_security_policy, render_page
from adserving.snapshot import Drawn, Snapshot, TemplateConfig
from optimization.space import format_ad_id

BLANK = b"<!doctype html><title>No ad</title>"
FIXED_HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    NO_STORE,
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "origin"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)


def build(site: Site) -> Door:
    """Bad credentials or foreign ids: 404; expired ones: 410; a campaign that is over: blank."""

    def door(request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:
            raise method_not_allowed("GET")
        asked = tuple(
            integer(request, name) for name in ("customer_id", "campaign_id", "template_id")
        )
        grant = granted(site, request, Purpose.TEMPLATE, asked, _ids)
        snapshot = snapshot_or_503()
        template = snapshot.templates.get(grant.template_id)
        if template is None or template.campaign_id != grant.campaign_id:
            raise not_found()
        reason = why_not_serving(snapshot, grant, site.now())
        drawn = None if reason else pick_combination(template, grant.segment_id, site.rng)
        if drawn is None:
            return _blank(reason or "no_combination")
        return _page(site, request, grant, template, drawn)

    return door


def _ids(grant: Grant) -> Ids:
    return grant.tenant_id, grant.campaign_id, grant.template_id


def _blank(reason: str) -> Response:
    """A publisher's page never shows an error: an ad that is over leaves its frame empty."""
    metrics.REASONS.labels("template", reason).inc()
    policy = ("Content-Security-Policy", "default-src 'none'; sandbox")
    return Response(200, BLANK, (*FIXED_HEADERS, policy, ("X-Ad-Status", reason)))


def _page(
    site: Site, request: Request, grant: Grant, template: TemplateConfig, drawn: Drawn
) -> Response:
    """What was drawn is shown without JavaScript and when no decision arrives."""
    now, snapshot = site.now(), snapshot_or_503()
    page = msgspec.structs.replace(grant, nonce=grant.nonce or new_nonce())
    base_url = site.url_of(request)
    served = served_of(page, drawn, int(now.timestamp()), snapshot)
    links = tracking(
        base_url,
        served,
        expires_at=int((now + timedelta(seconds=site.click_seconds)).timestamp()),
        keyring=site.keyring,
    )
    nonce = secrets.token_urlsafe(12)
    expires_at = int(now.timestamp()) + site.decision_seconds
    tag = TagConfig(
        decision_url=decision_url(base_url, page, expires_at=expires_at, keyring=site.keyring),
        fallback=Fallback(
            impression_url=links.impression_url,
            viewable_url=links.viewable_url,
            click_url=links.click_url,
            ad_id=served.ad_id,
        ),
    )
    html = render_page(
        template.compiled,
        template.value_map(drawn.combination),
        click_url=links.click_url,
        tag=tag,
        nonce=nonce,
    )
    placement = snapshot.placements.get(grant.placement_id)
    policy = content_security_policy(
        nonce,
        frame_ancestors=(placement.allowed_domains if placement else ()) or ("*",),
        local_images=site.allow_http,
    )
    headers = (*FIXED_HEADERS, ("Content-Security-Policy", policy))
    return Response(200, html.encode(), headers)


def served_of(grant: Grant, drawn: Drawn, served_at: int, snapshot: Snapshot) -> Served:
    """What the impression of this grant will say; its cost is the line item's bid.

    An impression that an auction sold costs nothing here: the exchange's billing notice books it.
    """
    item = None if grant.auction_id else snapshot.line_items.get(grant.line_item_id)
    return Served(
        tenant_id=grant.tenant_id,
        campaign_id=grant.campaign_id,
        nonce=grant.nonce or new_nonce(),
        served_at=served_at,
        template_id=grant.template_id,
        segment_id=grant.segment_id,
        placement_id=grant.placement_id,
        line_item_id=grant.line_item_id,
        creative_id=grant.creative_id,
        ad_id=format_ad_id(drawn.combination),
        auction_id=grant.auction_id,
        cost_micros=impression_cost(item.cpm) if item else 0,
        user_id=grant.user_id,
        session_id=grant.session_id,
        is_test=grant.is_test,
        batch_id=drawn.batch_id,
        propensity=drawn.propensity,
    )
