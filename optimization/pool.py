"""Rows of events as the counts that engines learn from, round by round and pooled (pure)."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimization.problem import Combination, Counts

Key = tuple[int, Combination]  # segment, combination


@dataclass(frozen=True, slots=True)
class Row:
    """What one combination had in one round and segment."""

    round: int  # Unix seconds of its begin; 0: before the first batch
    segment_id: int  # 0: none
    ad_id: str
    impressions: int
    clicks: int
    conversions: float
    value_cents: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """Both stacks of every round, oldest first, and what was left out of them."""

    clicks: tuple[Counts, ...]  # trials: impressions, successes: clicks
    conversions: tuple[Counts, ...]  # trials: clicks, successes: conversions
    impressions: int  # all, also those that were left out
    clicked: int
    converted: float
    value_cents: float
    ignored: int  # impressions of combinations that this template does not know
    clipped: int  # clicks beyond the impressions of their combination

    @property
    def rounds(self) -> int:
        return len(self.clicks)


def pool(
    rows: Sequence[Row],
    combination_of: Callable[[str], Combination | None],
    segments: Mapping[int, int],
    components: int,
) -> Pooled:
    """``segments`` maps ids to indices; others count as everyone (index 0)."""
    by_round: defaultdict[int, dict[Key, list[float]]] = defaultdict(dict)
    ignored = 0
    for row in rows:
        combination = combination_of(row.ad_id)
        if combination is None:
            ignored += row.impressions
            continue
        key = (segments.get(row.segment_id, 0), combination)
        cell = by_round[row.round].setdefault(key, [0.0, 0.0, 0.0])
        for place, seen in enumerate((row.impressions, row.clicks, row.conversions)):
            cell[place] += max(seen, 0.0)
    rounds = [by_round[each] for each in sorted(by_round)]
    cells = [cell for each in rounds for cell in each.values()]
    return Pooled(
        clicks=tuple(_counts(each, 0, components) for each in rounds),
        conversions=tuple(_counts(each, 1, components) for each in rounds),
        impressions=sum(row.impressions for row in rows),
        clicked=sum(row.clicks for row in rows),
        converted=sum(row.conversions for row in rows),
        value_cents=sum(row.value_cents for row in rows),
        ignored=ignored,
        clipped=int(sum(max(cell[1] - cell[0], 0.0) for cell in cells)),
    )


def _counts(cells: Mapping[Key, Sequence[float]], stack: int, components: int) -> Counts:
    """One round's rows with trials; successes beyond trials are left out."""
    kept = [(key, cell) for key, cell in sorted(cells.items()) if cell[stack] > 0]
    values = np.array([key[1] for key, _ in kept], dtype=np.int64).reshape(-1, components)
    trials = np.array([cell[stack] for _, cell in kept], dtype=np.float64)
    successes = np.array([cell[stack + 1] for _, cell in kept], dtype=np.float64)
    if stack:  # clicks beyond impressions are no trials either
        trials = np.minimum(trials, np.array([cell[0] for _, cell in kept], dtype=np.float64))
        kept_rows = trials > 0
        values, trials, successes = values[kept_rows], trials[kept_rows], successes[kept_rows]
        kept = [each for each, keep in zip(kept, kept_rows, strict=True) if keep]
    segment = np.array([key[0] for key, _ in kept], dtype=np.int64)
    return Counts(values, segment, trials, np.minimum(successes, trials), np.ones(len(kept)))
