"""`POST /api/decision/` (seed 001 section 9): which ad to show in a placement."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import msgspec

from adplatform import metrics
from adplatform.clients.redis import RedisError
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
from adplatform.money import impression_cost
from adserving import refresh
from adserving.credentials import Grant, Served, new_nonce
from adserving.decide import Choice, Decision, Opportunity, UnknownPlacement, decide
from adserving.endpoint.site import Site, authenticate, not_found, snapshot_or_503
from adserving.explain import explain, lost_by_reason
from adserving.frequency import User, reserve
from adserving.links import Tracking, template_url, tracking
from adserving.snapshot import LineItemConfig
from events import pseudonyms
from optimization.space import format_ad_id
from tenants.keys import Caller
from tenants.scopes import Scope

Text = Annotated[str, msgspec.Meta(max_length=128)]


class Question(msgspec.Struct, kw_only=True):
    """The seed's request; ``explain`` adds every line item's reason to the answer."""

    tenant_id: int
    placement_key: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    user_id: Text = ""
    session_id: Text = ""
    context: Annotated[dict[str, Any], msgspec.Meta(max_length=64)] = {}
    explain: bool = False


_questions = msgspec.json.Decoder(Question)


def build(site: Site) -> Door:
    """400 for a bad request, 401/403 for the key, 404 for another tenant's or unknown ids."""

    def door(request: Request) -> Response:
        if request.method == "OPTIONS":
            return preflight("POST")
        if request.method != "POST":
            raise method_not_allowed("POST")
        caller = authenticate(request, Scope.DECISION)
        question = _under_pseudonyms(_read(request, caller))
        decision = _decide(site, request, question)
        _count(decision)
        return json_response(200, _answer(site, request, question, decision), (CORS_ANY,))

    return door


def _read(request: Request, caller: Caller) -> Question:
    body = request.body()
    if not body:
        raise Problem(400, "Empty body", "send a JSON object; see /api/docs/")
    try:
        question = _questions.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise Problem(400, "Bad request", str(exc)) from exc
    if question.tenant_id != caller.tenant_id:
        raise not_found()
    return question


def _under_pseudonyms(question: Question) -> Question:
    """The ids that caps count and tokens carry: hashed where the tenant wants it."""
    user_id, session_id = pseudonyms.of_ids(
        question.tenant_id, question.user_id, question.session_id
    )
    return msgspec.structs.replace(question, user_id=user_id, session_id=session_id)


def _decide(site: Site, request: Request, question: Question) -> Decision:
    opportunity = Opportunity(
        tenant_id=question.tenant_id,
        placement_key=question.placement_key,
        user_id=question.user_id,
        session_id=question.session_id,
        context=question.context,
        user_agent=request.user_agent,
        accept_language=request.header("accept-language")[:256],
    )

    def under_caps(user_id: str, candidates: Sequence[LineItemConfig]) -> int | None:
        try:
            return reserve(User(question.tenant_id, user_id), candidates)
        except RedisError:  # comfort fails open
            metrics.UNCOUNTED.labels("frequency").inc()
            return 0

    try:
        return decide(
            opportunity,
            snapshot_or_503(),
            refresh.current_spend(),
            now=site.now(),
            rng=site.rng,
            under_caps=under_caps,
            look_at_all=question.explain,
        )
    except UnknownPlacement as exc:
        raise not_found() from exc


def _count(decision: Decision) -> None:
    metrics.DECISIONS.labels("served" if decision.choice else "no_ad").inc()
    for reason, times in lost_by_reason(decision).items():
        metrics.REASONS.labels("decision", reason).inc(times)


def _answer(
    site: Site, request: Request, question: Question, decision: Decision
) -> dict[str, object]:
    answer: dict[str, object] = {"campaign_id": None, "line_item_id": None, "creative": None}
    if decision.choice:
        answer = _served(site, request, question, decision, decision.choice)
    if question.explain:
        lines = explain(decision, snapshot_or_503())
        answer["explain"] = [asdict(line) for line in lines]
    return answer


def _served(
    site: Site, request: Request, question: Question, decision: Decision, choice: Choice
) -> dict[str, object]:
    now = site.now()
    served = _served_token(question, decision, choice, now)
    base_url = site.url_of(request)
    expires_at = int(now.timestamp()) + site.click_seconds
    links = tracking(base_url, served, expires_at=expires_at, keyring=site.keyring)
    creative = _creative(site, base_url, choice, served)
    return {
        "campaign_id": served.campaign_id,
        "line_item_id": served.line_item_id,
        "placement_id": served.placement_id,
        "segment_id": served.segment_id,
        "creative": creative,
        **_links(links),
    }


def _served_token(question: Question, decision: Decision, choice: Choice, now: datetime) -> Served:
    item = choice.line_item
    return Served(
        tenant_id=question.tenant_id,
        campaign_id=item.campaign.id,
        nonce=new_nonce(),
        served_at=int(now.timestamp()),
        template_id=choice.template.id if choice.template else 0,
        segment_id=choice.segment_id,
        placement_id=decision.placement.id,
        line_item_id=item.id,
        creative_id=choice.creative.id,
        ad_id=format_ad_id(choice.combination),
        cost_micros=impression_cost(item.cpm),
        user_id=question.user_id,
        session_id=question.session_id,
        batch_id=choice.batch_id,
        propensity=choice.propensity,
    )


def _creative(site: Site, base_url: str, choice: Choice, served: Served) -> dict[str, object]:
    creative, template = choice.creative, choice.template
    answer: dict[str, object] = {
        "id": creative.id,
        "kind": creative.kind,
        "image_url": creative.image_url,
        "landing_url": creative.landing_url or (template.landing_url if template else ""),
        "product_sku": creative.product_sku,
    }
    if template:
        answer |= {
            "ad_id": served.ad_id,
            "values": template.value_map(choice.combination),
            "template_url": _template_url(site, base_url, served),
        }
    return answer


def _template_url(site: Site, base_url: str, served: Served) -> str:
    """A page for the same impression: it shares the nonce, so that it is counted once."""
    grant = Grant(
        tenant_id=served.tenant_id,
        campaign_id=served.campaign_id,
        template_id=served.template_id,
        segment_id=served.segment_id,
        placement_id=served.placement_id,
        line_item_id=served.line_item_id,
        creative_id=served.creative_id,
        nonce=served.nonce,
        user_id=served.user_id,
        session_id=served.session_id,
    )
    expires_at = served.served_at + site.decision_seconds
    return template_url(base_url, grant, expires_at=expires_at, keyring=site.keyring)


def _links(links: Tracking) -> dict[str, str]:
    return {
        "impression_url": links.impression_url,
        "viewable_url": links.viewable_url,
        "click_url": links.click_url,
    }
