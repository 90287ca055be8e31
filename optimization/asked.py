"""Retrainings that somebody asked for on the command line, one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from campaigns.models import Template, TemplateStatus
from optimization.controls import learns_by_default
from optimization.models import Learning, Run, RunState, RunTrigger
from optimization.retrain import Ask, Proposal, Say, propose, results_of, retrain
from optimization.study import gather
from optimization.trouble import NothingToLearn, told
from optimization.turns import Busy

SHOWN_ARMS = 10  # per segment in text; JSON has all


class NoTemplate(Exception):
    """Nothing of that id learns; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What to retrain; None: all."""

    template_id: int | None = None
    tenant_id: int | None = None
    engine: str = ""
    dry_run: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one template: for people, and for scripts."""

    text: str
    data: dict[str, Any]
    failed: bool = False


def retrain_asked(asked: Asked, say: Say) -> Iterator[Outcome]:
    """Each template's outcome when it is there; a failed one does not stop the others.

    Raises:
        NoTemplate: no published template of that id or account learns.
    """
    templates = _templates(asked)
    for number, template in enumerate(templates, start=1):
        head = f"[{number}/{len(templates)}] {template} ({template.pk})"

        def told_of(step: str, head: str = head) -> None:
            say(f"{head}: {step}")

        yield _dry(asked, template, told_of) if asked.dry_run else _run(asked, template, told_of)


def _templates(asked: Asked) -> Sequence[Template]:
    rows = Template.across_tenants.filter(status=TemplateStatus.PUBLISHED).order_by("pk")
    if asked.tenant_id is not None:
        rows = rows.filter(tenant_id=asked.tenant_id)
    if asked.template_id is not None:
        rows = rows.filter(pk=asked.template_id)
    found = [each for each in rows if asked.template_id is not None or _learns(each)]
    if not found:
        one = asked.template_id is not None
        which = f"no published template has the id {asked.template_id}" if one else "none learns"
        account = "" if asked.tenant_id is None else f" in account {asked.tenant_id}"
        raise NoTemplate(f"{which}{account}: publish one, or resume its learning in the admin")
    return found


def _learns(template: Template) -> bool:
    learning = Learning.across_tenants.filter(template=template).first()
    return not learning.is_paused if learning else learns_by_default(template)


def _run(asked: Asked, template: Template, say: Say) -> Outcome:
    ask = Ask(template.pk, RunTrigger.COMMAND, asked.engine, asked.force, say)
    try:
        run = retrain(ask)
    except (Busy, Template.DoesNotExist) as exc:
        return _failed(template, str(exc))
    if run.state == RunState.FAILED:
        return _failed(template, run.problem, run.detail.strip().splitlines()[-1:])
    arms = {batch.segment_id: batch.arms for batch in run.batches.order_by("segment_id")}
    return _outcome(template, run, arms)


def _dry(asked: Asked, template: Template, say: Say) -> Outcome:
    now = datetime.now(UTC)
    learning = Learning.across_tenants.filter(template=template).first()
    learning = learning or Learning(template=template, tenant_id=template.tenant_id)
    engine = asked.engine or learning.engine
    try:
        say("reading counts")
        proposal = propose(gather(template, learning, engine, now), engine, now, say)
    except NothingToLearn as exc:
        return Outcome(f"{template}: {exc}", {"template": template.pk, "state": "skipped"})
    except Exception as exc:  # noqa: BLE001 - said in one line, as of a run
        problem = told(exc)
        return _failed(template, problem.words, problem.detail.strip().splitlines()[-1:])
    return _outcome(template, _unsaved(template, engine, proposal, now), proposal.batches)


def _unsaved(template: Template, engine: str, proposal: Proposal, now: datetime) -> Run:
    fields = results_of(proposal).fields
    return Run(template=template, engine=engine, started_at=now, state="dry run", **fields)


def _failed(template: Template, words: str, detail: Sequence[str] = ()) -> Outcome:
    text = f"{template}: failed: {words}" + "".join(f" ({each})" for each in detail)
    data = {"template": template.pk, "state": "failed", "problem": words, "detail": list(detail)}
    return Outcome(text, data, failed=True)


def _outcome(template: Template, run: Run, arms: Any) -> Outcome:
    data = {
        "template": template.pk,
        "run": run.pk,
        "state": run.state,
        "engine": run.engine,
        "problem": run.problem,
        "inputs": run.inputs,
        "predicted": run.predicted,
        "hypers": run.hypers,
        "seconds": run.seconds,
        "batches": {str(segment or 0): listed for segment, listed in arms.items()},
    }
    return Outcome("\n".join(_lines(template, run, arms)), data)


def _lines(template: Template, run: Run, arms: Any) -> Iterator[str]:
    took = sum(run.seconds.values())
    seen = run.inputs.get("impressions", 0)
    yield f"{template}: {run.problem or f'{run.state} in {took:.2f} s from {seen} impressions'}"
    for segment, listed in arms.items():
        yield f"  {'everyone' if not segment else f'segment {segment}'}:"
        for arm in listed[:SHOWN_ARMS]:
            yield (
                f"    {arm['weight']:6.1%}  {arm['ad_id']}  predicted {arm['rate']:.3%} "
                f"({arm['low']:.3%} to {arm['high']:.3%})"
            )
        if len(listed) > SHOWN_ARMS:
            yield f"    and {len(listed) - SHOWN_ARMS} more"
