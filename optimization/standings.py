"""How every template that learns stands against its thresholds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from adplatform.clients.clickhouse import ClickHouseError
from campaigns.models import CampaignStatus, Template, TemplateStatus
from optimization import counts
from optimization.controls import learns_by_default
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
            totals = counts.totals(tenant_id)
        except ClickHouseError as exc:
            log.warning("counts_unread", tenant=tenant_id, why=str(exc))
            unread.append(tenant_id)
            continue
        found |= {template.pk: standing_of(template, totals) for template in templates}
    return Standings(found, unread)


def standing_of(template: Template, totals: Totals) -> Standing:
    """``totals`` are those of the template's account."""
    learning = Learning.across_tenants.filter(template=template).first()
    used = learning or Learning(template=template, is_paused=not learns_by_default(template))
    versions = Template.across_tenants.filter(
        campaign_id=template.campaign_id, key=template.key, version__lte=template.version
    )
    seen = [totals.get(pk, (0, 0)) for pk in versions.values_list("pk", flat=True)]
    runs = Run.across_tenants.filter(template=template)
    last, good = runs.first(), runs.filter(state=RunState.DONE).first()
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
