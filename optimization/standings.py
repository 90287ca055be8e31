"""How every template that learns stands against its thresholds."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import QuerySet

from adplatform.clients.clickhouse import ClickHouseError
from campaigns.models import CampaignStatus, Template, TemplateStatus
from optimization import counts
from optimization.controls import chosen_by_hand
from optimization.models import Learning, Run, RunState
from optimization.threshold import Standing

log = structlog.get_logger(__name__)
Totals = Mapping[int, tuple[int, int]]  # impressions and clicks by template


@dataclass(frozen=True, slots=True)
class Standings:
    """By template id. ``unread``: accounts whose counts could not be read."""

    found: Mapping[int, Standing]
    unread: Sequence[int]


def standings(now: datetime) -> Standings:
    """Of published templates in running campaigns. Raises EngineNotRunning."""
    by_tenant: defaultdict[int, list[Template]] = defaultdict(list)
    for template in _running(now):
        by_tenant[template.tenant_id].append(template)
    found: dict[int, Standing] = {}
    unread: list[int] = []
    for tenant_id, templates in by_tenant.items():
        try:
            found |= standings_of(templates, counts.totals(tenant_id))
        except ClickHouseError as exc:
            log.warning("counts_unread", tenant=tenant_id, why=str(exc))
            unread.append(tenant_id)
    return Standings(found, unread)


def standing_of(template: Template) -> Standing:
    """Of one template. Raises ClickHouseError and EngineNotRunning."""
    return standings_of([template], counts.totals(template.tenant_id))[template.pk]


def standings_of(templates: Sequence[Template], totals: Totals) -> Mapping[int, Standing]:
    """Of templates of one account, whose ``totals`` are given."""
    pks = [template.pk for template in templates]
    known = _Known(
        totals=totals,
        learning={row.template_id: row for row in Learning.across_tenants.filter(template__in=pks)},
        by_hand=set(chosen_by_hand(pks)),
        versions=_versions(templates),
        last=_newest(Run.across_tenants.filter(template__in=pks)),
        good=_newest(Run.across_tenants.filter(template__in=pks, state=RunState.DONE)),
    )
    return {template.pk: _standing(template, known) for template in templates}


@dataclass(frozen=True, slots=True)
class _Known:
    """Rows of many templates, by template id."""

    totals: Totals
    learning: Mapping[int, Learning]
    by_hand: Collection[int]
    versions: Mapping[tuple[int, str], Sequence[tuple[int, int]]]  # number and id, by key
    last: Mapping[int, Run]
    good: Mapping[int, Run]


def _standing(template: Template, known: _Known) -> Standing:
    used = known.learning.get(template.pk) or Learning(
        template=template, is_paused=template.pk in known.by_hand
    )
    versions = known.versions[template.campaign_id, template.key]
    seen = [known.totals.get(pk, (0, 0)) for number, pk in versions if number <= template.version]
    last, good = known.last.get(template.pk), known.good.get(template.pk)
    return Standing(
        is_paused=used.is_paused,
        impressions=sum(shown for shown, _ in seen),
        clicks=sum(clicked for _, clicked in seen),
        learnt_impressions=good.inputs.get("impressions", 0) if good else 0,
        learnt_clicks=good.inputs.get("clicks", 0) if good else 0,
        last_run_at=last.started_at if last else None,
        last_failed=last is not None and last.state == RunState.FAILED,
        has_learnt=good is not None,
        min_impressions=used.min_impressions,
        min_clicks=used.min_clicks,
        max_age=timedelta(hours=used.max_age_hours),
    )


def _versions(templates: Sequence[Template]) -> Mapping[tuple[int, str], list[tuple[int, int]]]:
    grouped: defaultdict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    rows = Template.across_tenants.filter(
        campaign_id__in={each.campaign_id for each in templates},
        key__in={each.key for each in templates},
    )
    for campaign_id, key, number, pk in rows.values_list("campaign_id", "key", "version", "pk"):
        grouped[campaign_id, key].append((number, pk))
    return grouped


def _newest(runs: "QuerySet[Run]") -> Mapping[int, Run]:
    rows = runs.order_by("template_id", "-started_at", "-id").distinct("template_id")
    few = rows.only("template_id", "state", "started_at", "inputs")
    return {run.template_id: run for run in few}


def _running(now: datetime) -> Sequence[Template]:
    return list(
        Template.across_tenants.filter(
            status=TemplateStatus.PUBLISHED,
            tenant__is_active=True,
            campaign__status=CampaignStatus.ACTIVE,
            campaign__start_at__lte=now,
            campaign__end_at__gt=now,
        )
    )
