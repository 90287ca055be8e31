"""Visitors of a template, whose taste is known: events of what its batches show, round by round."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from adplatform.clients import clickhouse
from campaigns.models import Template
from optimization.models import Batch, Run, RunTrigger
from optimization.retrain import Ask, retrain
from optimization.services import space_of
from optimization.space import format_ad_id

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ROUND = timedelta(hours=1)
BASE = 0.05
SPAN = 0.8  # log-odds from the first to the last value of a component


class Play:
    """Shows, clicks and retrains; of each component later values are liked more."""

    def __init__(self, template: Template, seed: int = 1) -> None:
        self.template = template
        self.rng = np.random.default_rng(seed)
        self.now = START
        self.space = space_of(template)
        self.combinations = list(self.space.valid())

    def rate(self, combination: tuple[int, ...]) -> float:
        steps = [
            column.index(value) / max(len(column) - 1, 1) - 0.5
            for column, value in zip(self.space.assets, combination, strict=True)
        ]
        return float(1 / (1 + np.exp(-(np.log(BASE / (1 - BASE)) + SPAN * sum(steps)))))

    def round(self, impressions: int, segment_id: int = 0) -> None:
        """Show what serves to a segment; one hour passes."""
        rows = Batch.across_tenants.filter(template=self.template, is_active=True)
        batch = next((each for each in rows if (each.segment_id or 0) == segment_id), None)
        combinations, shares = self._shown(batch)
        counts = self.rng.multinomial(impressions, shares)
        events: list[tuple[str, str, float]] = []
        for combination, share, shown in zip(combinations, shares, counts, strict=True):
            clicks = int(self.rng.binomial(shown, self.rate(combination)))
            kinds = ["IMPRESSION"] * int(shown) + ["CLICK"] * clicks
            events += [(kind, format_ad_id(combination), float(share)) for kind in kinds]
        self._store(events, segment_id, batch.pk if batch else 0)
        self.now += ROUND

    def learn(self, engine: str = "") -> Run:
        """A run at the moment of the play."""
        ask = Ask(self.template.pk, RunTrigger.THRESHOLD, engine)
        run = retrain(ask, now=self.now)
        Batch.across_tenants.filter(run=run).update(activated_at=self.now)
        return run

    def _shown(self, batch: Batch | None) -> tuple[list[tuple[int, ...]], np.ndarray]:
        if batch is None:
            n = len(self.combinations)
            return self.combinations, np.full(n, 1 / n)
        by_id = {format_ad_id(each): each for each in self.combinations}
        weights = np.array([arm["weight"] for arm in batch.arms])
        return [by_id[arm["ad_id"]] for arm in batch.arms], weights / weights.sum()

    def _store(self, events: list[tuple[str, str, float]], segment_id: int, batch_id: int) -> None:
        constant = {
            "event_time": self.now + timedelta(minutes=30),
            "tenant_id": self.template.tenant_id,
            "user_id": "u",
            "campaign_id": self.template.campaign_id,
            "template_id": self.template.pk,
            "segment_id": segment_id,
            "batch_id": batch_id,
        }
        kinds, ad_ids, shares = zip(*events, strict=True)
        columns: dict[str, Sequence[object]] = {
            "event_id": [UUID(bytes=self.rng.bytes(16)) for _ in events],
            "event_type": kinds,
            "ad_id": ad_ids,
            "propensity": shares,
        }
        columns |= {name: [value] * len(events) for name, value in constant.items()}
        clickhouse.insert_columns("ad_events_raw", columns)
