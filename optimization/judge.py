"""Evaluations asked for on the command line: of a batch, or of an engine's proposal."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.models import Template
from optimization.controls import learning_of
from optimization.counterfactual import EVERYONE, Choices
from optimization.evaluate import Estimate, Evaluation
from optimization.logged import served
from optimization.models import Batch
from optimization.retrain import propose
from optimization.study import gather
from optimization.whatif import Answer, ask, choices_of, choices_of_arms, replaced_by

SHOWN: dict[str, str] = {"ips": "IPS", "snips": "SNIPS", "dr": "DR"}
OPTIMISTIC = (
    "The engine learnt from the traffic that judges it here, so this is optimistic; the rounds to "
    "come are not."
)


class NothingToJudge(Exception):
    """What was asked for is not there; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """``batch_id`` or ``engine``, or neither: what serves now. ``level`` is of the intervals."""

    template_id: int
    batch_id: int | None = None
    engine: str = ""
    days: int = 30
    level: float = 0.9


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer with the names of what was compared."""

    asked: Asked
    about: str
    against: str
    answer: Answer

    @property
    def data(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "template": self.asked.template_id,
            "about": self.about,
            "against": self.against,
            "level": self.asked.level,
            **asdict(self.answer),
        }

    @property
    def text(self) -> str:
        answer = self.answer
        lines = [f"{self.about}, against {self.against}; {self.asked.days} days of traffic"]
        lines += _lines("new", answer.new, answer.refused)
        lines += _lines("old", answer.old, answer.refused_old) if self.against != NOTHING else []
        lines += [
            f"  {SHOWN[name]:6} new against old {_share(found)}"
            for name, found in answer.uplift.items()
        ]
        return "\n".join([*lines, OPTIMISTIC] if self.asked.engine else lines)


NOTHING = "nothing"


def judge(asked: Asked, now: datetime) -> Judgement:
    """What logged traffic says.

    Raises NothingToJudge, and what reading counts and the engine raise.
    """
    template = Template.across_tenants.filter(pk=asked.template_id).first()
    if template is None:
        raise NothingToJudge(f"no template has the id {asked.template_id}")
    about, new, old = _compared(asked, template, now)
    rows = served(template, since=now - timedelta(days=asked.days), until=now)
    return Judgement(
        asked, about, "what it replaced" if old else NOTHING, ask(rows, new, old, asked.level)
    )


def _compared(asked: Asked, template: Template, now: datetime) -> tuple[str, Choices, Choices]:
    active = list(
        Batch.objects.for_tenant(template.tenant_id).filter(template=template, is_active=True)
    )
    if asked.engine:
        return f"Proposal of {asked.engine}", _proposed(asked, template, now), choices_of(active)
    if asked.batch_id is None:
        if not active:
            raise NothingToJudge("no batch serves: name one with --batch, or an --engine")
        return "What serves now", choices_of(active), replaced_by(active)
    rows = Batch.objects.for_tenant(template.tenant_id).filter(template=template)
    batch = rows.filter(pk=asked.batch_id).first()
    if batch is None:
        raise NothingToJudge(f"template {template.pk} has no batch {asked.batch_id}")
    return f"Batch {batch}", choices_of([batch]), replaced_by([batch])


def _proposed(asked: Asked, template: Template, now: datetime) -> Choices:
    study = gather(template, learning_of(template), asked.engine, now)
    batches = propose(study, asked.engine, now).batches
    return {segment or EVERYONE: choices_of_arms(arms) for segment, arms in batches.items()}


def _lines(name: str, found: Evaluation | None, refused: str) -> list[str]:
    if found is None:
        return [f"  {name}: {refused or 'not evaluated'}"]
    overlap = (
        f"  {name}: as much as {found.effective:,.0f} impressions of {found.impressions:,.0f}, "
        f"{found.matched:.0%} of traffic matched, {found.seen:.0%} seen, model {found.direct:.3%}"
    )
    rates = [f"  {SHOWN[key]:6} {name} {_rate(each)}" for key, each in found.estimates.items()]
    return [overlap, *rates]


def _rate(found: Estimate) -> str:
    return f"{found.value:.3%} ({found.low:.3%} to {found.high:.3%})"


def _share(found: Estimate) -> str:
    return f"{found.value:+.1%} ({found.low:+.1%} to {found.high:+.1%})"
