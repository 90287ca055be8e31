"""Hyper-parameters of the component tables, their defaults and their priors (pure).

Defaults and priors: measured on headline tests, docs/optimiser.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from optimization.problem import Floats

MAIN_SD = 0.20  # log-odds, of the values of every component
PAIR_SD = 0.07
RHO = 0.2
TAU = 0.10
SEGMENT_SD = 0.25
SEGMENT_RATIO = 0.5
# Standard deviations of the priors on theta. Pairs differ most from one template to the next: with
# 0.5 for them, strong ones were found too late (docs/benchmarks.md, S2).
SPREAD = {"main": 0.5, "pair": 1.0, "rho": 1.0, "tau": 0.35}


@dataclass(frozen=True, slots=True)
class Hypers:
    """Standard deviations in log-odds; ``rho`` and ``ratio`` are shares."""

    mains: tuple[float, ...]  # of the values of each component
    pair: float = PAIR_SD  # of each pair of values
    rho: float = RHO  # share of a component's variance that follows its embeddings
    tau: float = TAU  # overdispersion of one combination in one round
    segment: float = SEGMENT_SD  # of the segments' levels
    ratio: float = SEGMENT_RATIO  # segment x value effects against main effects

    @classmethod
    def default(cls, components: int) -> Self:
        return cls(mains=(MAIN_SD,) * components)

    @classmethod
    def of(cls, named: Mapping[str, float] | None, components: int) -> Self:
        """From names, as ``named`` gives them; the default for what is missing or no number."""
        known = {k: v for k, v in (named or {}).items() if math.isfinite(v) and v > 0}
        return cls(
            mains=tuple(known.get(f"main_{c}", MAIN_SD) for c in range(components)),
            pair=known.get("pair", PAIR_SD),
            rho=min(known.get("rho", RHO), 0.999),
            tau=known.get("tau", TAU),
            segment=known.get("segment", SEGMENT_SD),
            ratio=known.get("ratio", SEGMENT_RATIO),
        )

    def named(self) -> dict[str, float]:
        mains = {f"main_{c}": sd for c, sd in enumerate(self.mains)}
        rest = {"pair": self.pair, "rho": self.rho, "tau": self.tau}
        return {**mains, **rest, "segment": self.segment, "ratio": self.ratio}

    def theta(self) -> Floats:
        """What is fitted: (log s_1 .. log s_C, log s_p, logit rho, log tau), (C + 3,)."""
        logit = math.log(self.rho / (1 - self.rho))
        logs = [math.log(sd) for sd in (*self.mains, self.pair)]
        return np.array([*logs, logit, math.log(self.tau)])

    def at(self, theta: Floats) -> "Hypers":
        """These with what is fitted replaced: the inverse of ``theta``."""
        *logs, logit, log_tau = theta.tolist()
        sds = [math.exp(each) for each in logs]
        return Hypers(
            mains=tuple(sds[:-1]),
            pair=sds[-1],
            rho=1 / (1 + math.exp(-logit)),
            tau=math.exp(log_tau),
            segment=self.segment,
            ratio=self.ratio,
        )


def spreads(components: int) -> Floats:
    """Prior standard deviations of theta, (C + 3,)."""
    mains = [SPREAD["main"]] * components
    return np.array([*mains, SPREAD["pair"], SPREAD["rho"], SPREAD["tau"]])
