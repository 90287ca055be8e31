"""Policies as batches state them, seen from what was served: the input of evaluate.py (pure).

Batches follow each other, and most of them never show what a later one does. Their traffic is
therefore taken for that of one policy, their mixture (the balance heuristic: Veach and Guibas 1995;
Agarwal et al. 2017 for several loggers), which may show whatever any of them does:

    propensity(ad) = sum over batches of impressions(batch) * propensity(ad in batch) / impressions
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from optimization.evaluate import Log, Policy, pooled_rate, shrunk
from optimization.problem import Floats

NO_BATCH: Final = 0  # whose every combination is drawn with the same propensity
ANY: Final = ""  # every ad_id of traffic without a batch
EVERYONE: Final = 0  # the segment whose batch serves to all segments without one of their own


@dataclass(frozen=True, slots=True)
class Served:
    """Impressions that are alike in all but their clicks; ids are 0 for none."""

    batch_id: int
    segment_id: int
    ad_id: str
    propensity: float  # 0: not logged
    impressions: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Choice:
    """How often a combination is shown, and what its model predicts of it (None: nothing)."""

    share: float
    rate: float | None = None


Choices = Mapping[int, Mapping[str, Choice]]  # by segment id, by ad_id; shares sum to 1
Key = tuple[int, str]  # index of a segment, ad_id


@dataclass(frozen=True, slots=True)
class Traffic:
    """A log with what its rows are of."""

    log: Log
    keys: Sequence[Key]  # (n,)
    segment_ids: Sequence[int]  # by index


def traffic(rows: Sequence[Served], policies: Sequence[Choices]) -> Traffic:
    """Rows with a propensity, of segments for which each of the policies has something."""
    kept = [row for row in rows if _counts(row, policies)]
    segment_ids = sorted({row.segment_id for row in kept})
    mixture = _mixture(kept)
    index = {segment: n for n, segment in enumerate(segment_ids)}
    log = Log(
        np.array([index[row.segment_id] for row in kept], dtype=np.int64),
        np.array([row.impressions for row in kept], dtype=float),
        np.array([row.clicks for row in kept], dtype=float),
        np.array([mixture[row.segment_id, row.ad_id] for row in kept], dtype=float),
    )
    return Traffic(log, [(index[row.segment_id], row.ad_id) for row in kept], segment_ids)


def policy_of(choices: Choices, traffic: Traffic) -> Policy:
    """The direct model is the batches' own predictions, or shrunk click rates where it has none."""
    segments = [_of_segment(choices, segment) for segment in traffic.segment_ids]
    observed = _observed(traffic)
    pooled = pooled_rate(traffic.log.clicks, traffic.log.impressions)
    nothing = Choice(0.0)

    def rate(key: Key, choice: Choice) -> float:
        return observed.get(key, pooled) if choice.rate is None else choice.rate

    rows = [(key, segments[key[0]].get(key[1], nothing)) for key in traffic.keys]
    return Policy(
        share=np.array([choice.share for _, choice in rows]),
        predicted=np.array([rate(key, choice) for key, choice in rows]),
        direct=np.array(
            [
                sum(choice.share * rate((s, ad_id), choice) for ad_id, choice in arms.items())
                for s, arms in enumerate(segments)
            ]
        ),
        seen=np.array(
            [
                sum(choice.share for ad_id, choice in arms.items() if (s, ad_id) in observed)
                for s, arms in enumerate(segments)
            ]
        ),
    )


def _counts(row: Served, policies: Sequence[Choices]) -> bool:
    is_logged = row.propensity > 0 and row.impressions > 0
    return is_logged and all(_of_segment(each, row.segment_id) for each in policies)


def _mixture(rows: Sequence[Served]) -> Mapping[tuple[int, str], float]:
    """Propensities by segment id and ad_id.

    An ad of a batch that happened to be shown not once there is missed; it was hardly likely.
    """
    of_batch: defaultdict[tuple[int, int], float] = defaultdict(float)
    groups: defaultdict[tuple[int, int, str], list[Served]] = defaultdict(list)
    for row in rows:
        of_batch[row.segment_id, row.batch_id] += row.impressions
        ad_id = ANY if row.batch_id == NO_BATCH else row.ad_id
        groups[row.segment_id, row.batch_id, ad_id].append(row)
    drawn: defaultdict[tuple[int, str], float] = defaultdict(float)  # expected impressions
    for (segment, batch, ad_id), each in groups.items():
        weighed = sum(row.impressions * row.propensity for row in each)
        mean = weighed / sum(row.impressions for row in each)
        drawn[segment, ad_id] += of_batch[segment, batch] * mean
    total: defaultdict[int, float] = defaultdict(float)
    for (segment, _), shown in of_batch.items():
        total[segment] += shown
    return {
        (s, ad_id): min((drawn[s, ad_id] + drawn[s, ANY]) / total[s], 1.0)
        for s, ad_id in {(row.segment_id, row.ad_id) for row in rows}
    }


def _of_segment(choices: Choices, segment_id: int) -> Mapping[str, Choice]:
    return choices.get(segment_id) or choices.get(EVERYONE) or {}


def _observed(traffic: Traffic) -> dict[Key, float]:
    """Shrunk click rates, of all propensities together."""
    unique = sorted(set(traffic.keys))
    place = {key: n for n, key in enumerate(unique)}
    rows = np.array([place[key] for key in traffic.keys], dtype=np.int64)
    clicks: Floats = np.bincount(rows, traffic.log.clicks, len(unique)).astype(float)
    shown: Floats = np.bincount(rows, traffic.log.impressions, len(unique)).astype(float)
    return dict(zip(unique, shrunk(clicks, shown).tolist(), strict=True))
