"""What is known of a template before an engine learns from it: rows, counts, texts, plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from django.conf import settings
from django.db.models import Q

from campaigns.attribution import Model
from campaigns.models import AttributionRule, Template
from optimization import counts, drift, pool, rounds
from optimization.controls import horizon_gamma
from optimization.embeddings import rows as embedded
from optimization.material import Material, material_of
from optimization.models import Batch, GoalChoice, Learning
from optimization.pool import Pooled, Row
from optimization.prior.expect import expected
from optimization.problem import Combination, Counts, Floats, Goal, Plan, Problem, Texts
from optimization.trouble import without_texts

log = structlog.get_logger(__name__)

MAX_SEGMENTS = 50  # with batches of their own: those with most impressions
FLOOR_SHARE = 2 / 3  # of the exploration budget; the rest is the uniform slice


@dataclass(frozen=True, slots=True)
class Study:
    """Of one template, at one moment. ``segments`` are ids by index; the first is 0: everyone."""

    template: Template
    learning: Learning
    material: Material
    segments: tuple[int, ...]
    pooled: Pooled
    digest: str
    served: tuple[tuple[Combination, ...], ...]


def gather(template: Template, learning: Learning, engine: str, now: datetime) -> Study:
    """Everything that is counted. Raises ClickHouseError and EngineNotRunning."""
    material = material_of(template, learning)
    rows = counts.read(
        _scope(template, learning, material), now=now, minute_days=settings.EVENTS_MINUTE_DAYS
    )
    segments = _segments(rows, material, template)
    return Study(
        template=template,
        learning=learning,
        material=material,
        segments=segments,
        pooled=pool.pool(
            rows,
            material.combination,
            {pk: index for index, pk in enumerate(segments)},
            len(material.assets),
        ),
        digest=counts.digest(rows, _settings(learning, material, engine, now)),
        served=_served(template, material, segments),
    )


def texts_of(study: Study) -> tuple[Texts, str]:
    """What is known of values before any trial, or why nothing is: learning goes on from counts."""
    assets, missing = study.material.assets, ""
    try:
        embeddings = embedded.current(study.template.pk, assets)
    except embedded.Unavailable as exc:
        log.warning("embeddings_unavailable", template=study.template.pk, exc_info=exc)
        embeddings, missing = (None,) * len(assets), without_texts(exc)
    return Texts(embeddings, expected(study.template, embeddings)), missing


def discount_of(study: Study, texts: Texts) -> float:
    """How much less a round weighs than the next one; 1 unless the world clearly drifts."""
    return drift.discount(study.pooled.clicks, study.material.sizes, len(study.segments), texts)


def problem_of(study: Study, texts: Texts, discount: float) -> Problem:
    material, width = study.material, len(study.material.assets)
    wants_more = study.learning.goal != GoalChoice.CTR
    return Problem(
        sizes=material.sizes,
        segments=len(study.segments),
        counts=rounds.merged(study.pooled.clicks, width, discount),
        texts=texts,
        conversions=_conversions(study, width, discount) if wants_more else None,
        value=_values(study) if study.learning.goal == GoalChoice.VALUE else None,
    )


def plan_of(study: Study, now: datetime) -> Plan:
    learning, material = study.learning, study.material
    objective: Goal = "learn" if learning.objective == "learn" else "earn"
    pinned = (material.combination(ad_id) for ad_id in learning.pinned)
    return Plan(
        goal=objective,
        q=learning.q,
        gamma=horizon_gamma(learning, now),
        floor=learning.exploration_budget * FLOOR_SHARE,
        uniform=learning.exploration_budget * (1 - FLOOR_SHARE),
        served=study.served,
        pinned=tuple(combination for combination in pinned if combination),
        control=material.combination(learning.control) if learning.control else None,
    )


def _scope(template: Template, learning: Learning, material: Material) -> counts.Scope:
    batches = Batch.across_tenants.filter(template__in=material.versions)
    times = batches.filter(activated_at__isnull=False).values_list("activated_at", flat=True)
    return counts.Scope(
        tenant_id=template.tenant_id,
        campaign_id=template.campaign_id,
        templates=material.versions,
        rounds=tuple(filter(None, times)),
        model="" if learning.goal == GoalChoice.CTR else _model(template.tenant_id),
    )


def _model(tenant_id: int) -> str:
    rule = AttributionRule.across_tenants.filter(tenant_id=tenant_id).first()
    return str(rule.model if rule else Model.LAST_TOUCH)


def _segments(rows: Sequence[Row], material: Material, template: Template) -> tuple[int, ...]:
    """Those that were seen here or have a batch of their own, in the account's order."""
    seen = dict.fromkeys(material.segments, 0)
    for row in rows:
        if row.segment_id in seen:
            seen[row.segment_id] += row.impressions
    batches = Batch.across_tenants.filter(template=template, is_active=True)
    served = set(batches.values_list("segment_id", flat=True))
    wanted = [pk for pk in seen if seen[pk] or pk in served]
    most = set(sorted(wanted, key=lambda pk: -seen[pk])[:MAX_SEGMENTS])
    return (0, *(pk for pk in wanted if pk in most))


def _served(
    template: Template, material: Material, segments: Sequence[int]
) -> tuple[tuple[Combination, ...], ...]:
    batches = {
        batch.segment_id or 0: batch
        for batch in Batch.across_tenants.filter(Q(template=template), is_active=True)
    }
    found: list[tuple[Combination, ...]] = []
    for pk in segments:
        batch = batches.get(pk) or batches.get(0)
        arms = (material.combination(str(arm["ad_id"])) for arm in (batch.arms if batch else ()))
        found.append(tuple(arm for arm in arms if arm))
    return tuple(found)


def _conversions(study: Study, width: int, discount: float) -> Counts:
    return rounds.merged(study.pooled.conversions, width, discount)


def _values(study: Study) -> Floats:
    """Cents per conversion: the account's mean for this template in every segment; 1 without."""
    pooled = study.pooled
    mean = pooled.value_cents / pooled.converted if pooled.converted > 0 else 1.0
    return np.full(len(study.segments), max(mean, 0.0) or 1.0)


def _settings(learning: Learning, material: Material, engine: str, now: datetime) -> object:
    """What a run depends on beside the counts; another choice is another run."""
    grid = material.grid
    return (
        engine,
        *(learning.goal, learning.objective, learning.q, learning.exploration_budget),
        *(learning.control, sorted(learning.pinned), sorted(learning.pinned_assets)),
        round(horizon_gamma(learning, now), 2),
        material.assets,
        [usable.tolist() for usable in grid.usable],
        sorted((pair, table.tobytes().hex()) for pair, table in grid.forbidden.items()),
        sorted(grid.banned),
    )
