"""What learning came to: click rates by round, uplift over chance, what exploring cost (pure).

Rates are of clicks plus a half over impressions plus one, and lie within value * exp(-+z error):
the logarithm of a small rate is nearly normal where the rate itself is not. ``error`` holds the
binomial noise and that of combinations which differ from round to round by more than chance (TAU).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from optimization.counterfactual import Served
from optimization.evaluate import TAU, Estimate

LEVEL: Final = 0.9
MIN_CLICKS: Final = 30  # of traffic at random, before its rate is compared with
NO_BATCH: Final = 0
UNSURE: Final = 1.0  # standard error of a logarithm of which only the rate is known


@dataclass(frozen=True, slots=True)
class Rate:
    """A click rate; ``error`` is the standard error of its logarithm."""

    value: float
    error: float
    impressions: int = 0
    clicks: int = 0

    @property
    def estimate(self) -> Estimate:
        factor = math.exp(_quantile() * self.error)
        return Estimate(self.value, self.value / factor, min(self.value * factor, 1.0))


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a batch's model said of one of its combinations."""

    share: float
    rate: float
    low: float
    high: float
    best: float = 0.0


@dataclass(frozen=True, slots=True)
class Exploration:
    """What went to other combinations than the favourite of the time, and the clicks it cost."""

    share: float
    clicks: float


def rate_of(rows: Iterable[Served]) -> Rate | None:
    """Of all rows together; None where nothing was shown."""
    shown: defaultdict[tuple[int, int, str], int] = defaultdict(int)
    clicks = 0
    for row in rows:
        shown[row.batch_id, row.segment_id, row.ad_id] += row.impressions
        clicks += row.clicks
    total = sum(shown.values())
    if not total:
        return None
    value = min((clicks + 0.5) / (total + 1.0), 1.0)
    beyond = TAU**2 * sum(each * each for each in shown.values()) / total**2
    return Rate(value, math.sqrt((1 - value) / (clicks + 0.5) + beyond), total, clicks)


def rounds(rows: Iterable[Served], round_of: Mapping[int, int]) -> Mapping[int, Rate]:
    """Click rates by round, first to last; ``round_of`` says it of each batch id."""
    grouped: defaultdict[int, list[Served]] = defaultdict(list)
    for row in rows:
        if row.batch_id in round_of:
            grouped[round_of[row.batch_id]].append(row)
    found = {number: rate_of(grouped[number]) for number in sorted(grouped)}
    return {number: rate for number, rate in found.items() if rate is not None}


def chance(
    rows: Sequence[Served], at_random: frozenset[int], modelled: Rate | None
) -> tuple[Rate | None, bool]:
    """The click rate of all combinations alike, and whether it was measured.

    It is measured on what was shown at random, ``at_random`` being ids of batches, where that had
    MIN_CLICKS clicks; the model has its own estimate. The surer of the two is taken.
    """
    measured = rate_of(row for row in rows if row.batch_id in at_random)
    if measured is None or modelled is None:
        return (measured, True) if measured else (modelled, False)
    if measured.clicks >= MIN_CLICKS and measured.error <= modelled.error:
        return measured, True
    return modelled, False


def of_estimate(estimate: Estimate) -> Rate:
    """A predicted rate with its interval of LEVEL; one that reaches 0 says little."""
    if not 0 < estimate.low <= estimate.high:
        return Rate(estimate.value, UNSURE)
    return Rate(estimate.value, math.log(estimate.high / estimate.low) / (2 * _quantile()))


def mixed(by_segment: Mapping[int, Rate], rows: Iterable[Served]) -> Rate | None:
    """One rate for all segments, as their traffic is; None where it had none.

    Errors add up as if segments erred together: they share most of what was learnt.
    """
    shown: defaultdict[int, int] = defaultdict(int)
    for row in rows:
        shown[row.segment_id] += row.impressions
    known = {segment: n for segment, n in shown.items() if segment in by_segment}
    total = sum(known.values())
    if not total:
        return None
    value = sum(n * by_segment[segment].value for segment, n in known.items()) / total
    error = sum(n * by_segment[s].value * by_segment[s].error for s, n in known.items()) / total
    return Rate(value, error / value) if value > 0 else None


def uplift(rate: Rate, chance: Rate) -> Estimate:
    """How much more was clicked than by chance, as a share: 0.2 is a fifth more."""
    ratio = rate.value / chance.value
    factor = math.exp(_quantile() * math.hypot(rate.error, chance.error))
    return Estimate(ratio - 1, ratio / factor - 1, ratio * factor - 1)


def extra_clicks(clicks: int, uplift: Estimate) -> Estimate:
    """Of so many clicks, those that came on top of chance."""
    value, low, high = (
        clicks * (1 - 1 / (1 + share)) for share in (uplift.value, uplift.low, uplift.high)
    )
    return Estimate(value, low, high)


def exploration(
    rows: Iterable[Served], predicted: Mapping[tuple[int, str], Predicted]
) -> Exploration | None:
    """By the predictions of each batch, by its id and ad_id; None where nothing was predicted."""
    best: defaultdict[int, float] = defaultdict(float)
    for (batch_id, _), each in predicted.items():
        best[batch_id] = max(best[batch_id], each.rate)
    total = others = 0
    clicks = 0.0
    for row in rows:
        found = predicted.get((row.batch_id, row.ad_id))
        if found is not None:
            total += row.impressions
            others += row.impressions * (found.rate < best[row.batch_id])
            clicks += row.impressions * (best[row.batch_id] - found.rate)
    return Exploration(others / total, clicks) if total else None


def _quantile() -> float:
    return NormalDist().inv_cdf(0.5 + LEVEL / 2)
