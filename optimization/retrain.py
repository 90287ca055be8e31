"""[FLOW] One retraining of a template: counts -> engine -> checked batches -> served."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import structlog

from adplatform import metrics
from campaigns.models import Template
from optimization import record, runs
from optimization.controls import learning_of
from optimization.engines import engine as engine_of
from optimization.models import Learning, Run, RunState, RunTrigger
from optimization.problem import Learned, Texts
from optimization.study import Study, discount_of, gather, plan_of, problem_of, texts_of
from optimization.trouble import NothingToLearn, told
from optimization.turns import turn

log = structlog.get_logger(__name__)
Say = Callable[[str], None]


def quiet(_: str) -> None:
    """For nobody who listens."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Which template, and why now. ``engine`` empty: the template's own; ``force``: also when
    nothing is new.
    """

    template_id: int
    trigger: RunTrigger
    engine: str = ""
    force: bool = False
    say: Say = field(default=quiet, compare=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an engine would serve: arms by segment id (None: everyone)."""

    study: Study
    learned: Learned
    batches: runs.Batches
    texts: Texts
    missing: str  # why nothing is known of the texts; empty where something is
    discount: float
    seed: int


def retrain(ask: Ask, *, now: datetime | None = None) -> Run:
    """The run, whatever became of it; a failed one leaves what serves as it is and says why.

    Raises:
        Busy: the template is being retrained by another process.
        Template.DoesNotExist: it is gone.
    """
    now = now or datetime.now(UTC)
    with turn(ask.template_id):
        template = Template.across_tenants.get(pk=ask.template_id)
        learning = learning_of(template)
        run = runs.begin(template, ask.trigger, ask.engine or learning.engine, now)
        try:
            return _finish(ask, run, learning, now)
        except Exception as exc:  # noqa: BLE001 - whatever it was, the run says so
            return _failed(run, exc)
        except BaseException:  # the worker is told to stop
            runs.fail(run, runs.STOPPED, "")
            raise


def _finish(ask: Ask, run: Run, learning: Learning, now: datetime) -> Run:
    ask.say("reading counts")
    study = gather(run.template, learning, run.engine, now)
    if not ask.force and runs.is_known(run, study.digest):
        return runs.skip(run, study.digest, "Nothing has changed since the last run.")
    try:
        proposal = propose(study, run.engine, now, ask.say)
    except NothingToLearn as exc:
        return runs.skip(run, study.digest, str(exc))
    ask.say("activating")
    runs.adopt(run, results_of(proposal))
    log.info("retrained", run=run.pk, template=run.template_id, segments=len(proposal.batches))
    metrics.RETRAINS.labels(run.engine, run.state).inc()
    return run


def propose(study: Study, engine: str, now: datetime, say: Say = quiet) -> Proposal:
    """The next batches, checked; nothing is written.

    Raises:
        NothingToLearn: there is one combination at most to choose from.
        NothingAllowed, NotSolved: as the engines do.
    """
    _require_choice(study)
    seed = int(study.digest[:15], 16)
    texts, missing = texts_of(study)
    discount = discount_of(study, texts)
    say(f"learning from {study.pooled.impressions} impressions with {engine}")
    learned = engine_of(engine).learn(
        problem_of(study, texts, discount),
        study.material.grid,
        plan_of(study, now),
        np.random.default_rng(seed),
        runs.warm(study.template, engine),
    )
    batches = record.batches_of(learned, study.material, study.segments)
    return Proposal(study, learned, batches, texts, missing, discount, seed)


def results_of(proposal: Proposal) -> runs.Results:
    """As the run keeps them."""
    study, learned = proposal.study, proposal.learned
    pooled = study.pooled
    return runs.Results(
        batches=proposal.batches,
        fields={
            "counts_digest": study.digest,
            "seed": proposal.seed,
            "inputs": {
                "impressions": pooled.impressions,
                "clicks": pooled.clicked,
                "conversions": round(pooled.converted, 3),
                "rows": sum(len(each.trials) for each in pooled.clicks),
                "rounds": pooled.rounds,
                "discount": proposal.discount,
                "ignored": pooled.ignored,
                "clipped": pooled.clipped,
                "proposals": learned.proposals,
                "components_embedded": _known(proposal.texts.embeddings),
                "components_with_content_prior": _known(proposal.texts.expected),
            },
            "hypers": dict(learned.hypers),
            "effects": record.effects_of(learned, study.material, study.segments),
            "pairs": record.pairs_of(learned, study.material),
            "predicted": record.predicted_of(learned, study.segments),
            "problem": proposal.missing,
            "seconds": {name: round(took, 4) for name, took in learned.seconds.items()},
        },
    )


def _known(of_components: Sequence[object]) -> int:
    return sum(each is not None for each in of_components)


def _require_choice(study: Study) -> None:
    usable = [int(each.sum()) for each in study.material.grid.usable]
    if usable and all(count == 1 for count in usable):
        raise NothingToLearn("Only one combination may serve: there is nothing to learn.")


def _failed(run: Run, exc: Exception) -> Run:
    problem = told(exc)
    log.error("retrain_failed", run=run.pk, template=run.template_id, exc_info=exc)
    metrics.RETRAINS.labels(run.engine, RunState.FAILED).inc()
    return runs.fail(run, problem.words, problem.detail)
