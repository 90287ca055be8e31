"""What a run found, as its rows keep it: arms of batches and JSON of the run."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optimization import masks
from optimization.material import Material
from optimization.problem import Arm, Learned, NothingAllowed, NotSolved

Json = dict[str, Any]
DIGITS = 9


def batches_of(
    learned: Learned, material: Material, segments: Sequence[int]
) -> Mapping[int | None, list[Json]]:
    """Arms by segment id (None: everyone), checked once more before they may serve.

    Raises NotSolved for numbers that are not finite, NothingAllowed where rules and bans leave no
    arm.
    """
    if len(learned.batches) != len(segments):
        raise NotSolved(f"{len(learned.batches)} batches for {len(segments)} segments")
    return {
        pk or None: _arms(arms, material)
        for pk, arms in zip(segments, learned.batches, strict=True)
    }


def _arms(arms: Sequence[Arm], material: Material) -> list[Json]:
    if not all(map(math.isfinite, (n for arm in arms for n in _numbers(arm)))):
        raise NotSolved("an arm's weight or prediction is not finite")
    values = np.array([arm.combination for arm in arms], dtype=np.int64)
    allowed = masks.allows(material.grid, values.reshape(-1, len(material.assets)))
    kept = [arm for arm, ok in zip(arms, allowed, strict=True) if ok and arm.weight > 0]
    if not kept:
        raise NothingAllowed("no arm of the new batch may serve")
    total = sum(arm.weight for arm in kept)
    return [_arm(arm, material, total) for arm in kept]


def _numbers(arm: Arm) -> tuple[float, ...]:
    return arm.weight, arm.rate, arm.low, arm.high, arm.best


def _arm(arm: Arm, material: Material, total: float) -> Json:
    return {
        "ad_id": material.ad_id(arm.combination),
        "weight": round(arm.weight / total, DIGITS) or 10**-DIGITS,
        "rate": round(max(arm.rate, 0.0), DIGITS),
        "low": round(max(arm.low, 0.0), DIGITS),
        "high": round(max(arm.high, 0.0), DIGITS),
        "best": round(min(max(arm.best, 0.0), 1.0), DIGITS),
    }


def effects_of(learned: Learned, material: Material, segments: Sequence[int]) -> list[Json]:
    return [
        {
            "asset": material.assets[each.component][each.value],
            "segment": None if each.segment is None else segments[each.segment],
            **_interval(each.mean, each.low, each.high),
        }
        for each in learned.effects
    ]


def pairs_of(learned: Learned, material: Material) -> list[Json]:
    return [
        {
            "assets": [material.assets[c][v] for c, v in (each.first, each.second)],
            **_interval(each.mean, each.low, each.high),
        }
        for each in learned.pairs
    ]


def predicted_of(learned: Learned, segments: Sequence[int]) -> Json:
    """Rates of the goal; by segment id as text, "0" is everyone else."""
    found: dict[str, Json] = {}
    for index, pk in enumerate(segments):
        arms = learned.batches[index]
        mean = sum(arm.weight * arm.rate for arm in arms)
        found[str(pk)] = {"rate": _number(mean), "arms": len(arms)}
        if learned.served:
            served = learned.served[index]
            found[str(pk)] |= {"low": _number(served.low), "high": _number(served.high)}
        if learned.uniform:
            alike = learned.uniform[index]
            found[str(pk)]["uniform"] = _interval(alike.mean, alike.low, alike.high)
    return {
        "uniform_rate": _number(learned.uniform_rate),
        "best_rate": _number(learned.best_rate),
        "segments": found,
    }


def _interval(mean: float, low: float, high: float) -> Json:
    return {"mean": _number(mean), "low": _number(low), "high": _number(high)}


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return round(float(value), DIGITS) if math.isfinite(value) else None
