"""What is known of one template's learning: its runs, its batches and what was served."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from campaigns.models import Segment, Template
from optimization.admin.combinations import Combinations, combinations_of
from optimization.counterfactual import EVERYONE, Served
from optimization.evaluate import Estimate
from optimization.insight import (
    NO_BATCH,
    Predicted,
    Rate,
    chance,
    mixed,
    of_estimate,
    rate_of,
    rounds,
)
from optimization.logged import served
from optimization.models import Batch, BatchSource, GoalChoice, Learning, Run, RunState

MAX_RUNS: Final = 30
MAX_BATCHES: Final = 2000  # the newest; rounds before theirs are not in the curve
NAME_OF_EVERYONE: Final = "Everyone else"


@dataclass(frozen=True, slots=True)
class Found:
    """``rows`` is None where the analytics store is away; batches and runs are newest first."""

    template: Template
    learning: Learning
    combinations: Combinations
    runs: Sequence[Run]
    batches: Sequence[Batch]
    rows: Sequence[Served] | None
    rounds_before: int = 0  # those of batches that are too old to be here

    @property
    def is_of_clicks(self) -> bool:
        """Otherwise predictions are of conversions or of their value, per impression."""
        return self.learning.goal == GoalChoice.CTR

    @property
    def last_done(self) -> Run | None:
        return next((run for run in self.runs if run.state == RunState.DONE), None)

    @property
    def round_of(self) -> Mapping[int, int]:
        """Batches of one run serve together; round 0 is what was shown before any batch."""
        first: dict[object, int] = {}
        result = {NO_BATCH: 0}
        for batch in reversed(self.batches):
            is_learnt = batch.source == BatchSource.OPTIMISER and batch.run_id
            key = ("run", batch.run_id) if is_learnt else ("batch", batch.pk)
            result[batch.pk] = first.setdefault(key, self.rounds_before + len(first) + 1)
        return result

    def rounds(self, at_most: int) -> Mapping[int, Rate]:
        """By their number; where there are more, several in a row under that of their first."""
        numbers = self.round_of
        later = sorted({number for number in numbers.values() if number})
        size = -(-len(later) // at_most) or 1
        place = {number: later[n - n % size] for n, number in enumerate(later)} | {0: 0}
        return rounds(self.rows or (), {pk: place[number] for pk, number in numbers.items()})

    @property
    def chance(self) -> tuple[Rate | None, bool]:
        """Of all combinations alike, and whether that was measured."""
        rows = self.rows or ()
        said = uniform_rates(self.last_done) if self.is_of_clicks else {}
        return chance(rows, frozenset({NO_BATCH}), mixed(said, rows))

    @property
    def of_batches(self) -> Rate | None:
        """Of all that batches served."""
        return rate_of(row for row in self.rows or () if row.batch_id != NO_BATCH)

    @property
    def predicted(self) -> Mapping[tuple[int, str], Predicted]:
        """By batch id and ad_id, where clicks were predicted."""
        if not self.is_of_clicks:
            return {}
        return {
            (batch.pk, ad_id): each
            for batch in self.batches
            for ad_id, each in predictions(batch).items()
        }

    @property
    def active(self) -> Mapping[int, Batch]:
        """By segment id."""
        return {batch.segment_id or EVERYONE: batch for batch in self.batches if batch.is_active}

    def serving(self, segment_id: int) -> Batch | None:
        """A segment without a batch of its own is served everyone's."""
        return self.active.get(segment_id) or self.active.get(EVERYONE)

    def served_to(self, segment_id: int) -> Sequence[Served]:
        return [row for row in self.rows or () if row.segment_id == segment_id]


def find(template: Template, max_batches: int = MAX_BATCHES) -> Found:
    """Rows of the template's own account only."""
    of_template = {"template": template}
    runs = Run.objects.for_tenant(template.tenant_id).filter(**of_template)
    learning = Learning.objects.for_tenant(template.tenant_id).filter(**of_template).first()
    batches = _batches(template, max_batches)
    oldest = min((batch.run_id for batch in batches if batch.run_id), default=0)
    return Found(
        template,
        learning or Learning(template=template, tenant_id=template.tenant_id),
        combinations_of(template),
        list(runs[:MAX_RUNS]),
        batches,
        rows_of(template),
        runs.filter(state=RunState.DONE, pk__lt=oldest).count(),
    )


def _batches(template: Template, at_most: int) -> Sequence[Batch]:
    """The newest and those that serve, which may be older."""
    rows = Batch.objects.for_tenant(template.tenant_id).filter(template=template)
    newest = list(rows.order_by("-created_at", "-pk")[:at_most])
    listed = {batch.pk for batch in newest}
    return newest + [each for each in rows.filter(is_active=True) if each.pk not in listed]


def rows_of(template: Template) -> Sequence[Served] | None:
    """None where the analytics store is away."""
    try:
        return served(template)
    except (ClickHouseError, EngineNotRunning):
        return None


def predictions(batch: Batch) -> Mapping[str, Predicted]:
    """Of arms that a model chose; shares of arms by hand are known, their rates are not."""
    total = sum(float(arm["weight"]) for arm in batch.arms)
    return {
        arm["ad_id"]: Predicted(
            arm["weight"] / total, arm["rate"], arm["low"], arm["high"], arm.get("best", 0.0)
        )
        for arm in batch.arms
        if {"rate", "low", "high"} <= set(arm)
    }


def uniform_rates(run: Run | None) -> Mapping[int, Rate]:
    """By segment id, what a run's model said of all combinations alike."""
    segments = run.predicted.get("segments", {}) if run else {}
    said = {int(segment): each.get("uniform") for segment, each in segments.items()}
    return {
        segment: of_estimate(Estimate(each["mean"], each["low"], each["high"]))
        for segment, each in said.items()
        if each and None not in each.values()
    }


def segment_names(found: Found) -> Mapping[int, str]:
    """Those with a batch or traffic, everyone else first."""
    ids = {row.segment_id for row in found.rows or ()} | set(found.active)
    rows = Segment.objects.for_tenant(found.template.tenant_id).filter(pk__in=ids)
    named = {row.pk: row.name for row in rows.order_by("name")}
    return {EVERYONE: NAME_OF_EVERYONE, **named}


def by_arm(rows: Sequence[Served]) -> Mapping[str, Sequence[Served]]:
    """By ad_id."""
    grouped: defaultdict[str, list[Served]] = defaultdict(list)
    for row in rows:
        grouped[row.ad_id].append(row)
    return grouped
