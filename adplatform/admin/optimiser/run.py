"""One run: what it learnt from, what it chose, and the statistics behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from adplatform.admin import delivery
from adplatform.admin.charts.measure import percent, signed
from adplatform.admin.optimiser import words
from adplatform.admin.optimiser.chosen import may_change
from adplatform.admin.optimiser.found import NAME_OF_EVERYONE
from adplatform.admin.optimiser.hold import url
from adplatform.admin.optimiser.runs import line
from adplatform.admin.preview import required_template
from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from optimization.counterfactual import EVERYONE, Served
from optimization.evaluate import Estimate, Evaluation
from optimization.insight import rate_of
from optimization.logged import served
from optimization.models import Batch, Run
from optimization.whatif import Answer, ask, batches_of, choices_of, replaced_by

LOGGED_DAYS: Final = 30  # of traffic before the run, from which its choice is judged
ESTIMATORS: Final = {
    "ips": "Inverse propensity (IPS)",
    "snips": "Self-normalised (SNIPS)",
    "dr": "Doubly robust (DR)",
}


@dataclass(frozen=True, slots=True)
class OfSegment:
    """A batch of the run as text: what was predicted of it and what came."""

    segment: str
    version: int
    size: int
    predicted: str
    predicted_span: str
    realised: str
    realised_span: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One estimator's word on the run's choice, on what it replaced, and on the difference."""

    name: str
    new: str
    old: str
    more: str


def run(request: HttpRequest, pk: int, run_pk: int) -> HttpResponse:
    """Raises Http404 for a run of another account or template."""
    template = required_template(request, pk)
    row = Run.objects.for_tenant(template.tenant_id).filter(pk=run_pk, template=template).first()
    if row is None:
        raise Http404("no run with this id")
    with timezone.override(ZoneInfo(template.tenant.timezone)):
        context = {
            **admin.site.each_context(request),
            "title": f"Run {row.pk} of {template}",
            "run": row,
            "line": line(row),
            "back_url": reverse("admin:optimiser_template", args=[template.pk]),
            "undo_url": f"{url(template, 'undo-run')}?run={row.pk}",
            "may_change": may_change(request, template),
            **_context(row),
        }
        return render(request, "admin/optimization/optimiser_run.html", context)


def _context(run: Run) -> dict[str, Any]:
    batches = batches_of(run)
    figures = {
        "inputs": list(_numbers(run.inputs)),
        "hypers": list(_numbers(run.hypers)),
        "seconds": list(_numbers(run.seconds)),
        "has_batches": bool(batches),
    }
    try:
        came = served(run.template, since=run.started_at) if batches else []
        before = _before(run) if batches else []
    except (ClickHouseError, EngineNotRunning):
        return {**figures, "away": delivery.AWAY}
    answer = ask(before, choices_of(batches), replaced_by(batches)) if batches else None
    return {
        **figures,
        "batches": [_of_segment(run, batch, came) for batch in batches],
        "answer": answer,
        "judged": _judged(answer) if answer and answer.new else [],
        "overlap": _overlap(answer.new) if answer and answer.new else "",
    }


def _before(run: Run) -> Sequence[Served]:
    since = run.started_at - timedelta(days=LOGGED_DAYS)
    return served(run.template, since=since, until=run.started_at)


def _of_segment(run: Run, batch: Batch, rows: Sequence[Served]) -> OfSegment:
    said = run.predicted.get("segments", {}).get(str(batch.segment_id or EVERYONE), {})
    rate = rate_of(row for row in rows if row.batch_id == batch.pk)
    low, high = said.get("low"), said.get("high")
    return OfSegment(
        batch.segment.name if batch.segment else NAME_OF_EVERYONE,
        batch.version,
        len(batch.arms),
        percent(said["rate"]) if said.get("rate") is not None else words.NOTHING,
        f"{percent(low)} to {percent(high)}" if low is not None and high is not None else "",
        words.rate(rate),
        words.between(rate.estimate) if rate else "",
    )


def _judged(answer: Answer) -> list[Judged]:
    assert answer.new is not None  # noqa: S101 - the caller asked
    old = answer.old.estimates if answer.old else {}
    return [
        Judged(
            name,
            _rate(answer.new.estimates[key]),
            _rate(old[key]) if key in old else words.NOTHING,
            _share(answer.uplift.get(key)),
        )
        for key, name in ESTIMATORS.items()
    ]


def _overlap(found: Evaluation) -> str:
    return (
        f"This says as much as {found.effective:,.0f} impressions of its own would. "
        f"{found.matched:.0%} of that traffic went to combinations of this choice, and "
        f"{found.seen:.0%} of what this choice shows had been seen."
    )


def _rate(found: Estimate) -> str:
    return f"{percent(found.value)} ({words.between(found)})"


def _share(found: Estimate | None) -> str:
    if found is None:
        return words.NOTHING
    return f"{signed(found.value)} ({signed(found.low)} to {signed(found.high)})"


def _numbers(named: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in named.items():
        if isinstance(value, int | float):
            yield name.replace("_", " "), f"{value:,.6g}"
