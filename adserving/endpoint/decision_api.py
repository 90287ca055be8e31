"""`/ad_server/decision_api`: which values fill the template's components, and where to report."""

import msgspec

from adplatform import metrics
from adplatform.doors import (
    CORS_ANY,
    Door,
    Request,
    Response,
    json_response,
    method_not_allowed,
    preflight,
)
from adplatform.tokens import Purpose
from adserving.choose import pick_combination
from adserving.credentials import Grant
from adserving.endpoint.grants import Ids, granted
from adserving.endpoint.site import Site, integer, not_found, snapshot_or_503, why_not_serving
from adserving.endpoint.template import served_of
from adserving.links import tracking
from adserving.snapshot import TemplateConfig


class Asset(msgspec.Struct):
    """A component's chosen asset."""

    component: str
    kind: str
    creative_asset_id: int
    value: str


class Answer(msgspec.Struct, kw_only=True):
    """The decision as JSON; ``ad_id`` is null and ``reason`` set when nothing may serve."""

    campaign_id: int
    template_id: int
    segment_id: int
    ad_id: str | None
    reason: str = ""
    values: dict[str, str] = {}
    components: list[Asset] = []
    impression_url: str = ""
    viewable_url: str = ""
    click_url: str = ""


def build(site: Site) -> Door:
    """Bad credentials or foreign ids: 404; expired ones: 410; CORS for any origin, no cookies."""

    def door(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("GET")
        if request.method not in {"GET", "HEAD"}:
            raise method_not_allowed("GET")
        asked = (
            integer(request, "campaign"),
            integer(request, "template_id"),
            integer(request, "segment_id", default=0),
        )
        grant = granted(site, request, Purpose.DECISION, asked, _ids)
        return json_response(200, _answer(site, request, grant), (CORS_ANY,))

    return door


def _ids(grant: Grant) -> Ids:
    return grant.campaign_id, grant.template_id, grant.segment_id


def _answer(site: Site, request: Request, grant: Grant) -> Answer:
    snapshot = snapshot_or_503()
    template = snapshot.templates.get(grant.template_id)
    if template is None or template.campaign_id != grant.campaign_id:
        raise not_found()
    now = site.now()
    reason = why_not_serving(snapshot, grant, now)
    drawn = None if reason else pick_combination(template, grant.segment_id, site.rng)
    if drawn is None:
        reason = reason or "no_combination"
        metrics.REASONS.labels("decision_api", reason).inc()
        metrics.DECISIONS.labels("no_ad").inc()
        return _empty(grant, reason)
    metrics.DECISIONS.labels("served").inc()
    served = served_of(grant, drawn, int(now.timestamp()), snapshot)
    links = tracking(
        site.url_of(request),
        served,
        expires_at=int(now.timestamp()) + site.click_seconds,
        keyring=site.keyring,
    )
    return Answer(
        campaign_id=grant.campaign_id,
        template_id=grant.template_id,
        segment_id=grant.segment_id,
        ad_id=served.ad_id,
        values=template.value_map(drawn.combination),
        components=_assets(template, drawn.combination),
        impression_url=links.impression_url,
        viewable_url=links.viewable_url,
        click_url=links.click_url,
    )


def _empty(grant: Grant, reason: str) -> Answer:
    return Answer(
        campaign_id=grant.campaign_id,
        template_id=grant.template_id,
        segment_id=grant.segment_id,
        ad_id=None,
        reason=reason,
    )


def _assets(template: TemplateConfig, combination: tuple[int, ...]) -> list[Asset]:
    return [
        Asset(name, template.kinds[name].value, asset, template.values[asset])
        for name, asset in zip(template.components, combination, strict=True)
    ]
