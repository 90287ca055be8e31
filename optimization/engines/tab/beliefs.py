"""Table samples of one or two stacks as what batches are chosen by (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.beliefs import Singles
from optimization.engines.tab import search
from optimization.engines.tab.laplace import sigmoid
from optimization.engines.tab.posterior import Posterior
from optimization.engines.tab.tables import Tables, Values, at, plus, scaled, within
from optimization.problem import Floats, Grid, Ints

Drawn = tuple[Tables, Tables]  # joint samples of every combination, and their mean with S = 1


@dataclass(frozen=True, slots=True)
class TabBeliefs:
    """Clicks alone, or the product of CTR, conversions per click and a value per segment."""

    samples: tuple[Tables, ...]  # per stack
    means: tuple[Tables, ...]  # per stack, S = 1
    steepness: tuple[float, ...]  # per stack: d log rate / d log-odds at its level
    value: Floats  # (segments,)

    def at(self, values: Ints, segment: int) -> Singles:
        return _utility([at(within(each, segment), values) for each in self.samples])

    def mean(self, values: Ints, segment: int) -> Floats:
        utility = _utility([at(within(each, segment), values) for each in self.means])
        return utility[:, 0].astype(np.float64)

    def rate(self, utility: Floats | Singles, segment: int) -> Floats:
        wide = utility.astype(np.float64)
        return sigmoid(wide) if len(self.samples) == 1 else np.exp(wide) * self.value[segment]

    def argmax(self, segment: int, grid: Grid, rng: np.random.Generator) -> Ints:
        return search.best(self._additive(self.samples, segment), grid, rng)

    def top(self, segment: int, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
        return search.top(self._additive(self.means, segment), grid, many, rng)

    def _additive(self, stacks: tuple[Tables, ...], segment: int) -> Tables:
        """One function in log-odds; of two stacks the sum that follows their log rates closely.

        log sigmoid(f) bends only a little over what values add; candidates are found by its
        tangent and scored exactly.
        """
        if len(stacks) == 1:
            return within(stacks[0], segment)
        parts = [
            scaled(within(each, segment), by)
            for each, by in zip(stacks, self.steepness, strict=True)
        ]
        return plus(parts[0], parts[1])


def believe(posteriors: Sequence[Posterior], drawn: Sequence[Drawn], value: Floats) -> TabBeliefs:
    """What was drawn of each stack's posterior, together."""
    return TabBeliefs(
        tuple(samples for samples, _ in drawn),
        tuple(mean for _, mean in drawn),
        tuple(1 - float(sigmoid(np.array(each.rows.level))) for each in posteriors),
        value,
    )


def _utility(log_odds: list[Values]) -> Singles:
    if len(log_odds) == 1:
        return log_odds[0].astype(np.float32)
    logs = [-np.logaddexp(0.0, -each) for each in log_odds]
    return np.asarray(np.sum(logs, axis=0), dtype=np.float32)
