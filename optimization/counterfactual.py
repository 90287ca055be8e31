"""Policies as batches state them, seen from what was served: the input of evaluate.py (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from optimization.evaluate import Log, Policy, pooled_rate, shrunk
from optimization.problem import Floats

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
    index = {segment: n for n, segment in enumerate(segment_ids)}
    log = Log(
        np.array([index[row.segment_id] for row in kept], dtype=np.int64),
        np.array([row.impressions for row in kept], dtype=float),
        np.array([row.clicks for row in kept], dtype=float),
        np.array([min(row.propensity, 1.0) for row in kept], dtype=float),
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
