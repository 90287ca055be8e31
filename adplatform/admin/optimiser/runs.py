"""Runs: rows of the list, and the page of one with its statistics."""

from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from adplatform.admin.charts.measure import percent
from adplatform.admin.optimiser import words
from adplatform.admin.optimiser.figures import moment
from optimization.models import Run, RunState, RunTrigger

COLOURS: Final = {
    RunState.DONE: "success",
    RunState.RUNNING: "info",
    RunState.FAILED: "danger",
    RunState.SKIPPED: "warning",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One run as text; ``problem`` says in words why it failed, or what it lacked."""

    pk: int
    url: str
    started: str
    why: str
    state: str
    colour: str
    learnt_from: str
    predicted: str
    problem: str


def line(run: Run) -> Line:
    state = RunState(run.state)
    return Line(
        run.pk,
        reverse("admin:optimiser_run", args=[run.template_id, run.pk]),
        moment(run.started_at),
        str(RunTrigger(run.trigger).label),
        str(state.label),
        COLOURS[state],
        _learnt_from(run.inputs),
        _predicted(run.predicted),
        run.problem,
    )


def _learnt_from(inputs: dict[str, Any]) -> str:
    if not inputs.get("impressions"):
        return words.NOTHING
    return f"{inputs['impressions']:,.0f} impressions, {inputs.get('clicks') or 0:,.0f} clicks"


def _predicted(predicted: dict[str, Any]) -> str:
    """Of everything alike and of the best."""
    uniform, best = predicted.get("uniform_rate"), predicted.get("best_rate")
    return f"{percent(uniform)} → {percent(best)}" if uniform and best else words.NOTHING
