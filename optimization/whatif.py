"""What logged traffic says of batches: their own click rate, and that of what they replaced."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimization.counterfactual import (
    EVERYONE,
    Choice,
    Choices,
    Served,
    Traffic,
    policy_of,
    traffic,
)
from optimization.evaluate import (
    Estimate,
    Evaluation,
    NotEnoughOverlap,
    compare,
    evaluate,
    uplift,
)
from optimization.models import Batch, Run


@dataclass(frozen=True, slots=True)
class Answer:
    """``refused`` says in words why there is no evaluation of the policy, or of the one before.

    ``more`` and ``uplift`` are of the new against the old, on the same traffic.
    """

    new: Evaluation | None
    old: Evaluation | None
    more: Mapping[str, Estimate]
    uplift: Mapping[str, Estimate]
    refused: str = ""
    refused_old: str = ""


def ask(
    rows: Sequence[Served], new: Choices, old: Choices | None = None, level: float = 0.9
) -> Answer:
    """Of the traffic of segments for which both have something."""
    both = [new] if not old else [new, old]
    seen = traffic(rows, both)
    found, refused = _evaluated(seen, new, level)
    if not old:
        return Answer(found, None, {}, {}, refused)
    before, refused_old = _evaluated(seen, old, level)
    if found is None or before is None:
        return Answer(found, before, {}, {}, refused, refused_old)
    policies = policy_of(new, seen), policy_of(old, seen)
    return Answer(
        found,
        before,
        compare(seen.log, *policies, level),
        uplift(seen.log, *policies, level),
    )


def choices_of(batches: Iterable[Batch]) -> Choices:
    """By segment id, of at most one batch each."""
    return {batch.segment_id or EVERYONE: choices_of_arms(batch.arms) for batch in batches}


def choices_of_arms(arms: Sequence[Mapping[str, Any]]) -> Mapping[str, Choice]:
    """Shares sum to 1, whatever the weights do."""
    total = sum(float(arm["weight"]) for arm in arms)
    return {arm["ad_id"]: Choice(arm["weight"] / total, arm.get("rate")) for arm in arms}


def replaced_by(batches: Iterable[Batch]) -> Choices:
    """What served to the segments of these batches before them."""
    before = (_before(batch) for batch in batches)
    return choices_of(batch for batch in before if batch is not None)


def batches_of(run: Run) -> list[Batch]:
    """Those that it made; rolled back copies are not."""
    rows = Batch.objects.for_tenant(run.tenant_id).filter(run=run, source="optimiser")
    return list(rows.select_related("segment"))


def _before(batch: Batch) -> Batch | None:
    rows = Batch.objects.for_tenant(batch.tenant_id).filter(
        template=batch.template_id,
        segment=batch.segment_id,
        version__lt=batch.version,
        activated_at__isnull=False,
    )
    return rows.order_by("-version").first()


def _evaluated(seen: Traffic, choices: Choices, level: float) -> tuple[Evaluation | None, str]:
    try:
        return evaluate(seen.log, policy_of(choices, seen), level), ""
    except NotEnoughOverlap as exc:
        return None, str(exc)
