"""What the beat does: close what was left behind, ask for retrainings that are due."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from campaigns.models import Template
from optimization import runs
from optimization.models import Run, RunState, RunTrigger
from optimization.retrain import Ask, retrain
from optimization.standings import standing_of, standings
from optimization.threshold import due
from optimization.turns import Busy

FRESH: Final = timedelta(seconds=30)  # a run that has only just begun is left alone


def due_now(now: datetime) -> Mapping[int, RunTrigger]:
    """Why each template that is due is due. Raises EngineNotRunning."""
    found = ((pk, due(standing, now)) for pk, standing in standings(now).found.items())
    return {pk: RunTrigger(reason) for pk, reason in found if reason}


def close_left_behind(now: datetime) -> None:
    """Runs of workers that were killed: their templates say so and are retrained later."""
    old = Run.across_tenants.filter(state=RunState.RUNNING, started_at__lt=now - FRESH)
    for template_id in old.values_list("template_id", flat=True):
        try:
            runs.close_stale(template_id)
        except Busy:
            continue


def retrain_if_due(template_id: int, now: datetime | None = None) -> Run | None:
    """None where it is no longer due, gone, or under way elsewhere.

    Raises ClickHouseError and EngineNotRunning.
    """
    now = now or datetime.now(UTC)
    template = Template.across_tenants.filter(pk=template_id).first()
    if template is None:
        return None
    reason = due(standing_of(template), now)
    if not reason:
        return None
    try:
        return retrain(Ask(template_id, RunTrigger(reason)), now=now)
    except (Busy, Template.DoesNotExist):
        return None
