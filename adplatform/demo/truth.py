"""The visitors' hidden taste: the true click and conversion rates of every combination (pure).

On the logit scale a combination's click rate is the sum of a base, what the segment is like, what
each asset adds, what some pairs of assets add together, and what a segment thinks of an asset.
Every term is drawn from a normal distribution by its own name, so that ids do not matter and a new
asset changes nothing else.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

BASE_CTR = 0.045
SEGMENT_SPREAD = 0.15
ASSET_SPREAD = 0.25
PAIR_SPREAD = 0.30
PAIR_SHARE = 0.25  # of all pairs of assets, those that do something together
TASTE_SPREAD = 0.15
LOWEST_CTR, HIGHEST_CTR = 0.005, 0.25

CONVERSION_RATE = 0.18
CONVERSION_SPREAD = 0.20
MEDIAN_BASKET_CENTS = 42_900
BASKET_SPREAD = 0.6

Arm = Sequence[str]  # asset names such as "headline/Stay in", or one product of a plain image


@dataclass(frozen=True, slots=True)
class Truth:
    """What the visitors of one seed like."""

    seed: int = 10  # a mean click rate of 3.5 to 5 %, and up to 25 % for the best

    def ctr(self, arm: Arm, segment: str) -> float:
        """Probability that a visitor of the segment (its key, "" for none) clicks."""
        terms = _terms(self.seed, tuple(arm), segment)
        return min(max(_expit(_logit(BASE_CTR) + sum(terms)), LOWEST_CTR), HIGHEST_CTR)

    def conversion_rate(self, segment: str) -> float:
        """Probability that a click of the segment ends in an order."""
        shift = _draw(self.seed, CONVERSION_SPREAD, "conversion", segment)
        return _expit(_logit(CONVERSION_RATE) + shift)

    def basket_cents(self, rng: Random) -> int:
        """The value of one order; log-normal, as baskets are."""
        return round(MEDIAN_BASKET_CENTS * math.exp(rng.gauss(0.0, BASKET_SPREAD)))


@lru_cache(maxsize=8192)
def _terms(seed: int, arm: tuple[str, ...], segment: str) -> tuple[float, ...]:
    return (
        _draw(seed, SEGMENT_SPREAD, "segment", segment),
        *(_draw(seed, ASSET_SPREAD, "asset", asset) for asset in arm),
        *(_draw(seed, TASTE_SPREAD, "taste", segment, asset) for asset in arm),
        *_pair_terms(seed, arm),
    )


def _pair_terms(seed: int, arm: tuple[str, ...]) -> Iterator[float]:
    for pair in itertools.combinations(sorted(arm), 2):
        if _random(seed, "meets", *pair).random() < PAIR_SHARE:
            yield _draw(seed, PAIR_SPREAD, "pair", *pair)


def _draw(seed: int, spread: float, *name: str) -> float:
    return _random(seed, *name).gauss(0.0, spread)


def _random(seed: int, *name: str) -> Random:
    return Random("\0".join((str(seed), *name)))  # noqa: S311 - a simulation


def _logit(p: float) -> float:
    return math.log(p / (1.0 - p))


def _expit(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))
