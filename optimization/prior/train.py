"""[FLOW] Nightly: an account's templates -> effects of their values -> its content prior."""

from collections.abc import Iterator
from datetime import datetime

import structlog
from django.conf import settings

from campaigns.models import Template, TemplateStatus
from optimization import counts, pool, rounds
from optimization.embeddings.encoder import ModelMissing, text_encoder
from optimization.embeddings.rows import load
from optimization.material import Material, material_of
from optimization.models import Learning
from optimization.prior import keep
from optimization.prior.effects import effects
from optimization.prior.ridge import Experiment, Prior, TooFewTemplates, learn
from optimization.problem import Counts
from tenants.models import Tenant

log = structlog.get_logger(__name__)

FEWEST_CLICKS = 30  # of a template; below, nothing is known of its values


def tenant_ids() -> list[int]:
    """Accounts that may have a content prior."""
    if not settings.EMBEDDING_MODEL:
        return []
    return list(Tenant.across_tenants.order_by("pk").values_list("pk", flat=True))


def train(tenant_id: int, now: datetime) -> Prior | None:
    """Learn it from this account's templates only, and keep it.

    None where there is no embedding model or too little to learn from. Raises ClickHouseError,
    ObjectStoreUnavailable and EngineNotRunning: yesterday's stays.
    """
    try:
        revision = text_encoder().model.revision
    except ModelMissing as exc:
        log.info("prior_not_learnt", tenant=tenant_id, why=str(exc))
        return None
    try:
        prior = learn(list(experiments(tenant_id, now)))
    except TooFewTemplates as exc:
        keep.forget(tenant_id, revision)
        log.info("prior_not_learnt", tenant=tenant_id, why=str(exc))
        return None
    keep.write(tenant_id, revision, prior, now)
    numbers = {"r2": round(prior.r2, 4), "slope": round(prior.slope, 3), "penalty": prior.penalty}
    log.info("prior_learnt", tenant=tenant_id, templates=len(prior.template_ids), **numbers)
    return prior


def experiments(tenant_id: int, now: datetime) -> Iterator[Experiment]:
    """One per component of every published template with clicks, its earlier versions counted."""
    totals = counts.totals(tenant_id)
    published = Template.across_tenants.filter(
        tenant_id=tenant_id, status=TemplateStatus.PUBLISHED
    ).order_by("pk")
    for template in published:
        material = material_of(template, _learning(template))
        if sum(totals.get(pk, (0, 0))[1] for pk in material.versions) >= FEWEST_CLICKS:
            yield from _experiments(template, material, now)


def _experiments(template: Template, material: Material, now: datetime) -> Iterator[Experiment]:
    found = _counts(template, material, now)
    embeddings = load(template.pk, material.assets)
    for known, vectors in zip(effects(found, material.sizes), embeddings, strict=True):
        if vectors is not None and len(known.values) > 1:
            some = vectors[known.values]
            yield Experiment(template.pk, some, known.effects, known.variances)


def _counts(template: Template, material: Material, now: datetime) -> Counts:
    scope = counts.Scope(template.tenant_id, template.campaign_id, material.versions)
    rows = counts.read(scope, now=now, minute_days=settings.EVENTS_MINUTE_DAYS)
    segments = {pk: index for index, pk in enumerate(material.segments, start=1)}
    pooled = pool.pool(rows, material.combination, segments, len(material.assets))
    return rounds.merged(pooled.clicks, len(material.assets))


def _learning(template: Template) -> Learning:
    """The template's settings, or the defaults, which are not kept for this."""
    found = Learning.across_tenants.filter(template=template).first()
    return found or Learning(template=template, tenant_id=template.tenant_id)
