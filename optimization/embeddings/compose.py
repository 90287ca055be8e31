"""Embeddings of combinations from those of their values, by one linear map per component (pure).

e(x) = c + sum_c A_c e_c[x_c]: of the real embedding of joined texts 96 % is additive in the
components (docs/optimiser.md), so a map learnt from a few hundred
combinations composes millions on the fly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimization.problem import Floats, Ints

RIDGE = 0.1
HELD_OUT = 5  # every fifth combination


@dataclass(frozen=True, slots=True)
class Composition:
    """What each value adds to the embedding of a combination."""

    tables: tuple[Floats, ...]  # (K_c, dim) each
    middle: Floats  # (dim,)

    def rows(self, values: Ints) -> Floats:
        """Embeddings of combinations, ``values: (n, C)``: ``(n, dim)``, of unit norm."""
        total = np.tile(self.middle, (len(values), 1))
        for c, table in enumerate(self.tables):
            total += table[values[:, c]]
        norms = np.linalg.norm(total, axis=1, keepdims=True)
        return total / np.where(norms > 0, norms, 1.0)


def learn(parts: Sequence[Floats], values: Ints, whole: Floats) -> Composition:
    """The composition of values' embeddings, (K_c, dim) each, that gives ``whole``, (n, dim).

    ``values``: (n, C) says which value of each component stands in a row. By ridge regression, in
    its dual form where there are fewer rows than numbers in a stacked row.
    """
    stacked = np.concatenate([part[values[:, c]] for c, part in enumerate(parts)], axis=1)
    center, middle = stacked.mean(axis=0), whole.mean(axis=0)
    weights = _ridge(stacked - center, whole - middle)
    ends = np.cumsum([part.shape[1] for part in parts])
    maps = np.split(weights, ends[:-1])
    centers = np.split(center, ends[:-1])
    shifted = zip(parts, centers, maps, strict=True)
    return Composition(tuple((part - mean) @ each for part, mean, each in shifted), middle)


def explained(parts: Sequence[Floats], values: Ints, whole: Floats) -> float:
    """R2 of a composition on every fifth combination, learnt from the others; nan below ten."""
    out = np.arange(len(values)) % HELD_OUT == 0
    if len(values) < 2 * HELD_OUT:
        return float("nan")
    found = learn(parts, values[~out], whole[~out])
    missed = ((whole[out] - found.rows(values[out])) ** 2).sum()
    spread = ((whole[out] - whole[~out].mean(axis=0)) ** 2).sum()
    return float(1 - missed / spread) if spread > 0 else float("nan")


def _ridge(x: Floats, y: Floats) -> Floats:
    n, width = x.shape
    if n >= width:
        return np.asarray(np.linalg.solve(x.T @ x + RIDGE * np.eye(width), x.T @ y))
    return np.asarray(x.T @ np.linalg.solve(x @ x.T + RIDGE * np.eye(n), y))
