"""The life of a run: begun, skipped, adopted or failed; each step is one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from campaigns.models import Template
from optimization.models import BatchSource, Learning, LearningState, Run, RunState, RunTrigger
from optimization.services import activate
from optimization.trouble import Superseded
from optimization.turns import turn

Batches = Mapping[int | None, list[dict[str, Any]]]  # arms by segment id; None: everyone
WITH_EFFECTS: Final = 100  # of a template, the newest
STOPPED: Final = (
    "It was stopped before it ended, perhaps by a restart. What served goes on serving."
)


@dataclass(frozen=True, slots=True)
class Results:
    """What a run found: the batches to serve, and values of the run's fields by name."""

    batches: Batches
    fields: Mapping[str, Any]


@transaction.atomic
def begin(template: Template, trigger: RunTrigger, engine: str, now: datetime) -> Run:
    """A new run; one that a killed worker left behind is closed. Hold the template's turn."""
    for stale in _of(template).filter(state=RunState.RUNNING):
        fail(stale, STOPPED, "")
    run = Run.across_tenants.create(
        tenant_id=template.tenant_id,
        template=template,
        trigger=trigger,
        engine=engine,
        started_at=now,
    )
    _stand(run, LearningState.RUNNING, "")
    return run


def close_stale(template_id: int) -> None:
    """Close a run that nobody works on any more. Raises Busy where somebody does."""
    with turn(template_id), transaction.atomic():
        for run in Run.across_tenants.filter(template_id=template_id, state=RunState.RUNNING):
            fail(run, STOPPED, "")


def is_known(run: Run, digest: str) -> bool:
    """Whether the last run that ended well had the same counts and settings, and still serves."""
    last = _of(run.template).filter(state=RunState.DONE).first()
    if last is None or last.counts_digest != digest:
        return False
    return run.template.batches.filter(is_active=True, run=last).exists()


def warm(template: Template, engine: str) -> Mapping[str, float] | None:
    """The hyper-parameters of the engine's last run."""
    last = _of(template).filter(state=RunState.DONE, engine=engine).first()
    return last.hypers if last and last.hypers else None


@transaction.atomic
def skip(run: Run, digest: str, why: str) -> Run:
    """End a run that had nothing to do."""
    _close(run, RunState.SKIPPED, problem=why, counts_digest=digest)
    _stand(run, LearningState.IDLE, "")
    return run


@transaction.atomic
def adopt(run: Run, results: Results) -> Run:
    """Serve a run's batches, all segments at once, and keep what it found.

    Raises:
        Superseded: the run was closed by somebody else meanwhile; nothing changes.
    """
    held = Run.across_tenants.select_for_update().get(pk=run.pk)
    if held.state != RunState.RUNNING:
        raise Superseded("another process closed this run: its result is not used")
    now = datetime.now(UTC)
    activate(
        template=run.template,
        batches=results.batches,
        source=BatchSource.OPTIMISER,
        run=run,
        now=now,
    )
    _close(run, RunState.DONE, **results.fields)
    _stand(run, LearningState.IDLE, "")
    _thin(run.template)
    return run


def _thin(template: Template) -> None:
    """Old runs keep what they counted and predicted, but no effects: those can be large."""
    old = _of(template).filter(state=RunState.DONE).values_list("pk", flat=True)[WITH_EFFECTS:]
    rows = Run.across_tenants.filter(pk__in=list(old)).exclude(effects=[], pairs=[])
    rows.update(effects=[], pairs=[])


@transaction.atomic
def fail(run: Run, problem: str, detail: str) -> Run:
    """End a run that went wrong; what served goes on serving."""
    _close(run, RunState.FAILED, problem=problem, detail=detail)
    _stand(run, LearningState.FAILED, problem)
    return run


def _of(template: Template) -> "QuerySet[Run]":
    """Newest first."""
    return Run.across_tenants.filter(template=template)


def _close(run: Run, state: RunState, **fields: Any) -> None:
    run.state, run.finished_at = state, datetime.now(UTC)
    for name, value in fields.items():
        setattr(run, name, value)
    kept = {"state": state, "finished_at": run.finished_at, **fields}
    Run.across_tenants.filter(pk=run.pk).update(**kept)  # nothing where its template is gone


def _stand(run: Run, state: LearningState, problem: str) -> None:
    """``update`` and no ``save``: no history, and no web process reloads for it."""
    Learning.across_tenants.filter(template_id=run.template_id).update(
        state=state, problem=problem, last_run=run, last_run_at=run.started_at
    )
