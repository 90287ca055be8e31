"""Traffic inside a batch: by the probability of being best, with floor, cap and a slice (pure).

docs/optimiser.md.
"""

import math

import numpy as np
from numpy.typing import NDArray

from optimization.problem import Bools, Floats

SURE = 0.95  # P(best) from which the cap does not hold; certainty that the guardrail asks for
CLEARLY_WORSE = 0.7  # of the control's rate
END_GAMMA = 5.0  # of the last day before an end date; 1 at the start, and without one
ROUNDING = 1e-12

Utilities = Floats | NDArray[np.float32]


def chances(utilities: Utilities) -> Floats:
    """P(best) of each arm: the share of samples in which its utility, (q, S), is largest: (q,).

    Every sample votes; a tie is split.
    """
    winners = utilities == utilities.max(axis=0)
    result: Floats = (winners / winners.sum(axis=0)).mean(axis=1)
    return result


def shares(
    best: Floats,
    gamma: float = 1.0,
    *,
    floor: float = 0.10,
    cap: float = 0.80,
    uniform: float = 0.05,
) -> Floats:
    """Final propensities of arms with P(best) ``best``, (q,); they sum to 1 exactly.

    P(best)^gamma, then ``floor`` spread over all arms, then nobody above ``cap`` who is not SURE
    to be best, then a ``uniform`` slice.
    """
    powered = (best / best.max()) ** gamma
    weights = (1 - floor) * powered / powered.sum() + floor / len(best)
    weights = _capped(weights, cap, best > SURE)
    return _exact((1 - uniform) * weights + uniform / len(best))


def gamma_at(part: float) -> float:
    """How sharply traffic follows P(best) after this share of the time until an end date."""
    return 1 + (END_GAMMA - 1) * min(max(part, 0.0), 1.0)


def cap_at(cap: float, gamma: float) -> float:
    """The cap, which rises to 1 with gamma: what the last days show teaches nobody."""
    return cap + (1 - cap) * min((gamma - 1) / (END_GAMMA - 1), 1.0)


def clearly_worse(rates: Floats, control: Floats) -> Bools:
    """The guardrail: which arms, rates (m, S), are below .7 of the control, (S,), almost surely."""
    result: Bools = (rates < CLEARLY_WORSE * control).mean(axis=1) > SURE
    return result


def _capped(weights: Floats, cap: float, free: Bools) -> Floats:
    """What is above the cap goes to the others in proportion; a cap below 1 / q cannot hold."""
    limit: Floats = np.where(free, 1.0, max(cap, 1 / len(weights)))
    held = np.zeros(len(weights), dtype=bool)
    result: Floats = weights / weights.sum()
    while (result > limit + ROUNDING).any():
        held |= result > limit + ROUNDING
        if held.all():
            return limit
        others = np.where(held, 0.0, weights)
        if not others.sum():
            others = (~held).astype(np.float64)
        result = np.where(held, limit, (1 - limit[held].sum()) * others / others.sum())
    return result


def _exact(weights: Floats) -> Floats:
    """Scaled so that the correctly rounded sum is 1: the largest takes what rounding left."""
    result: Floats = weights / weights.sum()
    largest = int(result.argmax())
    result[largest] = 1 - math.fsum(np.delete(result, largest).tolist())
    return result
