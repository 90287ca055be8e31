"""Beliefs about a short list of combinations: what is chosen by any beliefs can be told exactly."""

from dataclasses import dataclass

import numpy as np

from optimization import masks
from optimization.beliefs import Singles
from optimization.problem import Floats, Grid, Ints, NothingAllowed


@dataclass(frozen=True, slots=True)
class Enumerated:
    """Beliefs about a list of combinations, for tests of what is chosen by them.

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

    def rate(self, utility: Floats | Singles, segment: int) -> Floats:
        rates: Floats = np.exp(-np.logaddexp(0.0, -utility.astype(np.float64)))
        return rates

    def argmax(self, segment: int, grid: Grid, rng: np.random.Generator) -> Ints:
        allowed = self._allowed(grid)
        best: Ints = self.values[allowed[self.samples[segment][allowed].argmax(axis=0)]]
        return best

    def top(self, segment: int, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
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
