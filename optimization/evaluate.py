"""Off-policy evaluation: what another choice of combinations would have earned (pure).

Every impression was logged with its propensity: the probability with which its combination was
chosen. Traffic of one policy can so be weighed as if another had served. Three estimates of the
click rate, from the least to the most helped:

    IPS    1/N sum w c                          Horvitz-Thompson; unbiased, wide
    SNIPS  sum w c / sum w                      Swaminathan and Joachims 2015; within [0, 1]
    DR     1/N sum [direct(s) + w (c - q)]      Dudik, Langford and Li 2011; q: a model's rate

with w = share / propensity. Intervals are asymptotic: each estimate is a mean of influences, whose
variance is that of the impressions plus that of rows that differ by more than chance (TAU); they
are drawn on the log scale, since rates are small and skewed. Rows are sums over impressions that
are alike, so that a year of traffic is a few thousand rows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np

from optimization.problem import Floats, Ints

TAU: Final = 0.11  # overdispersion of one combination and batch, log-odds: the reference, section 2
MIN_SEEN: Final = 0.9  # of the policy's traffic, on combinations that visitors have seen
MIN_EFFECTIVE: Final = 100.0  # impressions
MIN_CLICKS: Final = 5.0


class NotEnoughOverlap(Exception):
    """What was served says too little of this policy; the message says why, in words."""


@dataclass(frozen=True, slots=True)
class Log:
    """What was served: n rows of impressions that are alike in all but their clicks."""

    segment: Ints  # (n,) index from 0
    impressions: Floats  # (n,) > 0
    clicks: Floats  # (n,) 0 <= clicks <= impressions
    propensity: Floats  # (n,) in (0, 1]

    @property
    def total(self) -> float:
        return float(self.impressions.sum())


@dataclass(frozen=True, slots=True)
class Policy:
    """What is evaluated, as seen from the rows of a log."""

    share: Floats  # (n,) its probability of the row's combination, given the row's segment
    predicted: Floats  # (n,) the direct model's click rate of the row
    direct: Floats  # (segments,) the direct model's click rate of the policy
    seen: Floats  # (segments,) the policy's share on combinations that are in the log


@dataclass(frozen=True, slots=True)
class Estimate:
    """A click rate, or a difference of two, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a policy would have earned, and how much the log had to say of it."""

    estimates: Mapping[str, Estimate]  # ips, snips, dr
    direct: float  # the model's word alone
    effective: float  # impressions of the policy's own that would say as much (Kish)
    matched: float  # share of logged impressions that the policy might have served
    seen: float  # share of the policy's traffic on combinations in the log
    impressions: float
    clicks: float  # of matched impressions
    level: float


@dataclass(frozen=True, slots=True)
class _Influence:
    """An estimate is ``value``; one impression adds ``base``, and ``click`` more if clicked."""

    value: float
    base: Floats  # (n,)
    click: Floats  # (n,)


def evaluate(log: Log, policy: Policy, level: float = 0.9) -> Evaluation:
    """The click rate that the policy would have had on the log's traffic.

    Raises NotEnoughOverlap where the log says too little of it, ValueError for a malformed log.
    """
    _check(log)
    overlap = _overlap(log, policy)
    _require(overlap)
    return Evaluation(
        estimates={
            name: _on_log_scale(log, each, level) for name, each in _influences(log, policy).items()
        },
        direct=_mean(log, policy.direct[log.segment]),
        level=level,
        **overlap,
    )


def compare(log: Log, policy: Policy, before: Policy, level: float = 0.9) -> Mapping[str, Estimate]:
    """How much more the policy would have earned than another, on the same traffic (paired).

    Raises NotEnoughOverlap where the log says too little of either.
    """
    new, old = _both(log, policy, before)
    return {name: _difference(log, new[name], old[name], level) for name in new}


def uplift(log: Log, policy: Policy, before: Policy, level: float = 0.9) -> Mapping[str, Estimate]:
    """The same as a share of what the other would have earned: 0.2 is a fifth more.

    Raises NotEnoughOverlap where the log says too little of either; an estimate of which either
    would have earned nothing is left out.
    """
    new, old = _both(log, policy, before)
    return {
        name: _ratio(log, new[name], old[name], level)
        for name in new
        if new[name].value > 0 and old[name].value > 0
    }


def shrunk(clicks: Floats, impressions: Floats) -> Floats:
    """Click rates drawn to the pooled one by one click's worth of impressions."""
    shrunken: Floats = (clicks + 1.0) / (impressions + 1.0 / pooled_rate(clicks, impressions))
    return shrunken


def pooled_rate(clicks: Floats, impressions: Floats) -> float:
    """Of all rows together; above 0 whatever they hold."""
    return float((clicks.sum() + 0.5) / (impressions.sum() + 1.0))


def _check(log: Log) -> None:
    """Raises ValueError for numbers that no log can have, NotEnoughOverlap for none."""
    if not log.impressions.size or log.total <= 0:
        raise NotEnoughOverlap("Nothing was served with a logged propensity in this time.")
    numbers = np.stack([log.impressions, log.clicks, log.propensity])
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ValueError("impressions, clicks and propensities must be finite and not negative")
    if (log.clicks > log.impressions).any():
        raise ValueError("a row has more clicks than impressions")
    if (log.propensity <= 0).any() or (log.propensity > 1 + 1e-9).any():
        raise ValueError("propensities must be above 0 and at most 1")


def _overlap(log: Log, policy: Policy) -> dict[str, float]:
    weights = policy.share / log.propensity
    is_matched = policy.share > 0
    squares = float((weights**2 * log.impressions).sum())
    return {
        "effective": float((weights * log.impressions).sum()) ** 2 / squares if squares else 0.0,
        "matched": float(log.impressions[is_matched].sum()) / log.total,
        "seen": _mean(log, policy.seen[log.segment]),
        "impressions": log.total,
        "clicks": float(log.clicks[is_matched].sum()),
    }


def _require(overlap: Mapping[str, float]) -> None:
    if overlap["seen"] < MIN_SEEN:
        raise NotEnoughOverlap(
            f"Only {overlap['seen']:.0%} of this policy's traffic goes to combinations that "
            f"visitors have seen; {MIN_SEEN:.0%} is needed."
        )
    if overlap["effective"] < MIN_EFFECTIVE:
        raise NotEnoughOverlap(
            f"What was served says as much as {overlap['effective']:.0f} impressions of this "
            f"policy would; {MIN_EFFECTIVE:.0f} are needed."
        )
    if overlap["clicks"] < MIN_CLICKS:
        raise NotEnoughOverlap(
            f"Its combinations had {overlap['clicks']:.0f} clicks; {MIN_CLICKS:.0f} are needed."
        )


def _both(
    log: Log, policy: Policy, before: Policy
) -> tuple[dict[str, _Influence], dict[str, _Influence]]:
    _check(log)
    for each in (policy, before):
        _require(_overlap(log, each))
    return _influences(log, policy), _influences(log, before)


def _influences(log: Log, policy: Policy) -> dict[str, _Influence]:
    """Of each estimate: its value and what one impression adds to N times its error."""
    weights = policy.share / log.propensity
    earned = weights * log.clicks
    mass = _mean(log, weights)
    ips = float(earned.sum()) / log.total
    snips = ips / mass
    surplus = policy.direct[log.segment] - weights * policy.predicted
    robust = ips + _mean(log, surplus)
    return {
        "ips": _Influence(ips, np.full_like(weights, -ips), weights),
        "snips": _Influence(snips, -weights * snips / mass, weights / mass),
        "dr": _Influence(robust, surplus - robust, weights),
    }


def _deviation(log: Log, influence: _Influence) -> float:
    """Standard error of a mean of influences; rows differ by TAU on the logit scale too."""
    clicked, not_clicked = log.clicks, log.impressions - log.clicks
    base, click = influence.base, influence.click
    by_chance = (clicked * (base + click) ** 2 + not_clicked * base**2).sum()
    rate = shrunk(log.clicks, log.impressions)
    beyond = ((click * log.impressions * rate * (1 - rate) * TAU) ** 2).sum()
    return math.sqrt(float(by_chance + beyond)) / log.total


def _on_log_scale(log: Log, influence: _Influence, level: float) -> Estimate:
    value, error = influence.value, _quantile(level) * _deviation(log, influence)
    if value <= 0:
        return Estimate(value, min(value, 0.0), min(value + error, 1.0))
    factor = math.exp(min(error / value, 50.0))
    return Estimate(value, value / factor, max(value, min(value * factor, 1.0)))


def _difference(log: Log, new: _Influence, old: _Influence, level: float) -> Estimate:
    both = _Influence(new.value - old.value, new.base - old.base, new.click - old.click)
    error = _quantile(level) * _deviation(log, both)
    return Estimate(both.value, both.value - error, both.value + error)


def _ratio(log: Log, new: _Influence, old: _Influence, level: float) -> Estimate:
    """Of the new to the old, less 1; drawn on the log scale, of which this is the influence."""
    both = _Influence(
        new.value / old.value,
        new.base / new.value - old.base / old.value,
        new.click / new.value - old.click / old.value,
    )
    factor = math.exp(min(_quantile(level) * _deviation(log, both), 50.0))
    return Estimate(both.value - 1, both.value / factor - 1, both.value * factor - 1)


def _mean(log: Log, rows: Floats) -> float:
    """Of a quantity of rows, over impressions."""
    return float((rows * log.impressions).sum()) / log.total


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf(0.5 + level / 2)
