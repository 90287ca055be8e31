"""What an engine believes of all combinations: joint samples that everything after shares (pure).

Utilities are on a log scale: log-odds of one stack, the log of the product of rates of two.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimization import masks
from optimization.problem import Floats, Grid, Ints, NothingAllowed

Singles = NDArray[np.float32]


class Beliefs(Protocol):
    """The same S joint samples at whatever is asked, per segment."""

    def at(self, values: Ints, segment: int) -> Singles:
        """Sampled utilities of combinations, values (m, C): (m, S)."""
        ...

    def mean(self, values: Ints, segment: int) -> Floats:
        """Posterior mean utilities, (m,)."""
        ...

    def rate(self, utility: Floats | Singles, segment: int) -> Floats:
        """Utilities as rates of the goal, of the same form."""
        ...

    def argmax(self, segment: int, grid: Grid, rng: np.random.Generator) -> Ints:
        """The best allowed combination of each sample: (S, C). Raises NothingAllowed."""
        ...

    def top(self, segment: int, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
        """The allowed combinations with the largest posterior means: (<= many, C)."""
        ...


@dataclass(frozen=True, slots=True)
class Enumerated:
    """Beliefs about a list of combinations, for engines that know no tables.

    Asked for a combination that is not listed, it raises KeyError.
    """

    sizes: tuple[int, ...]
    values: Ints  # (N, C)
    samples: tuple[Singles, ...]  # per segment (N, S): log-odds
    means: tuple[Floats, ...]  # per segment (N,): log-odds

    def at(self, values: Ints, segment: int) -> Singles:
        return self.samples[segment][self._places(values)]

    def mean(self, values: Ints, segment: int) -> Floats:
        return self.means[segment][self._places(values)]

    def rate(self, utility: Floats | Singles, segment: int) -> Floats:  # noqa: ARG002
        rates: Floats = np.exp(-np.logaddexp(0.0, -utility.astype(np.float64)))
        return rates

    def argmax(self, segment: int, grid: Grid, rng: np.random.Generator) -> Ints:  # noqa: ARG002
        allowed = self._allowed(grid)
        best: Ints = self.values[allowed[self.samples[segment][allowed].argmax(axis=0)]]
        return best

    def top(self, segment: int, grid: Grid, many: int, rng: np.random.Generator) -> Ints:  # noqa: ARG002
        allowed = self._allowed(grid)
        order = np.argsort(-self.means[segment][allowed], kind="stable")
        return self.values[allowed[order[:many]]]

    def _allowed(self, grid: Grid) -> Ints:
        allowed = np.flatnonzero(masks.allows(grid, self.values))
        if not allowed.size:
            raise NothingAllowed("rules and bans leave no combination")
        return allowed

    def _places(self, values: Ints) -> Ints:
        codes = np.ravel_multi_index(tuple(self.values.T), self.sizes)
        asked = np.ravel_multi_index(tuple(values.T), self.sizes)
        order = np.argsort(codes)
        places: Ints = order[
            np.minimum(np.searchsorted(codes, asked, sorter=order), len(codes) - 1)
        ]
        if (codes[places] != asked).any():
            raise KeyError("a combination is not among those that were listed")
        return places
