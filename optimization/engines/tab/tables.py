"""Functions over all combinations as tables: made, added up, evaluated (pure).

Everything about the posterior is linear in dual coefficients, hence a set of tables
(docs/optimiser.md). The segment is one more component, the last, whose pair
tables hold what values add in one segment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.engines.tab.covariance import Shape
from optimization.engines.tab.hypers import Hypers
from optimization.problem import Floats, Grid, Ints

Singles = NDArray[np.float32]
Values = NDArray[np.floating]
NEVER = np.float32(-1e30)  # of what a rule forbids; times 0 it is 0, as infinity is not


@dataclass(frozen=True, slots=True)
class Tables:
    """S functions; f(x) = constant + sum_c mains[c][x_c] + sum_(c, d) pairs[c, d][x_c, x_d]."""

    constant: Values  # (S,)
    mains: tuple[Values, ...]  # (K_c, S) each; the segments last, in a slice without them
    pairs: Mapping[tuple[int, int], Values]  # c < d: (K_c, K_d, S)

    @property
    def samples(self) -> int:
        return len(self.constant)


def at(tables: Tables, x: Ints) -> Values:
    """The functions at rows x: (m, S). x has a column for each of ``tables.mains``."""
    total: Values = np.repeat(tables.constant[None, :], len(x), axis=0)
    for c, main in enumerate(tables.mains):
        total += main[x[:, c]]
    for (c, d), pair in tables.pairs.items():
        total += pair[x[:, c], x[:, d]]
    return total


def within(tables: Tables, segment: int) -> Tables:
    """The functions in one segment, over combinations only."""
    last = len(tables.mains) - 1
    mains = [
        main + tables.pairs[c, last][:, segment] if (c, last) in tables.pairs else main
        for c, main in enumerate(tables.mains[:-1])
    ]
    pairs = {key: pair for key, pair in tables.pairs.items() if key[1] != last}
    return Tables(tables.constant + tables.mains[-1][segment], tuple(mains), pairs)


def ruled(tables: Tables, grid: Grid, key: tuple[int, int], s: int | None = None) -> Singles | None:
    """A pair table, of function s or of all, with NEVER where a rule forbids.

    None where there is neither a table nor a rule: (K_c, K_d) or (K_c, K_d, S).
    """
    table, rule = tables.pairs.get(key), grid.forbidden.get(key)
    if table is None:
        if rule is None:
            return None
        shape = (*rule.shape, 1 if s is not None else tables.samples)
        table = np.zeros(shape, dtype=np.float32)
        s = None if s is None else 0
    single: Singles = (table if s is None else table[..., s]).astype(np.float32, copy=False)
    if rule is None:
        return single
    return np.where(rule if s is not None else rule[..., None], NEVER, single)


def plus(first: Tables, second: Tables) -> Tables:
    """Both together, in the first's precision."""
    return Tables(
        _sum(first.constant, second.constant),
        tuple(map(_sum, first.mains, second.mains)),
        {key: _sum(pair, second.pairs[key]) for key, pair in first.pairs.items()},
    )


def scaled(tables: Tables, by: float) -> Tables:
    """Each function times a number."""
    return Tables(
        tables.constant * by,
        tuple(main * by for main in tables.mains),
        {key: pair * by for key, pair in tables.pairs.items()},
    )


def shifted(tables: Tables, level: float, expected: tuple[Floats | None, ...]) -> Tables:
    """With the prior mean mu + sum_c m_c[x_c] added to every function."""
    means = (*expected, *[None] * (len(tables.mains) - len(expected)))
    mains = (
        main if mean is None else main + mean[:, None].astype(main.dtype)
        for main, mean in zip(tables.mains, means, strict=True)
    )
    return Tables(tables.constant + tables.constant.dtype.type(level), tuple(mains), tables.pairs)


def of_duals(shape: Shape, hypers: Hypers, x: Ints, duals: Values) -> Tables:
    """K(., X) a as tables, for dual coefficients a: (n, S) of rows X: (n, C + 1)."""
    mains: list[Values] = []
    pairs: dict[tuple[int, int], Values] = {}
    segments, last = shape.segments, len(shape.sizes)
    for c, size in enumerate(shape.sizes):
        variance = hypers.mains[c] ** 2
        sums = grouped(x[:, c], size, duals)
        mains.append(variance * _mixed(sums, shape.features[c], hypers.rho))
        if segments > 1:
            cells = grouped(x[:, c] * segments + x[:, -1], size * segments, duals)
            pairs[c, last] = hypers.ratio**2 * variance * cells.reshape(size, segments, -1)
    for c, d in shape.pairs:
        many = shape.sizes[d]
        cells = grouped(x[:, c] * many + x[:, d], shape.sizes[c] * many, duals)
        pairs[c, d] = hypers.pair**2 * cells.reshape(shape.sizes[c], many, -1)
    level = hypers.segment**2 if segments > 1 else 0.0
    return Tables(duals.sum(axis=0), (*mains, level * grouped(x[:, -1], segments, duals)), pairs)


def grouped(codes: Ints, size: int, a: Values) -> Values:
    """Sums of the rows of a: (n, S) by code: (size, S)."""
    sums: Values = np.zeros((size, a.shape[1]), dtype=a.dtype)
    if len(codes):
        order = np.argsort(codes, kind="stable")
        present, starts = np.unique(codes[order], return_index=True)
        sums[present] = np.add.reduceat(a[order], starts, axis=0)
    return sums


def _mixed(sums: Values, features: Floats | None, rho: float) -> Values:
    if features is None:
        return sums
    known = features.astype(sums.dtype)
    mixed: Values = (1 - rho) * sums + rho * (known @ (known.T @ sums))
    return mixed


def _sum(first: Values, second: Values) -> Values:
    total: Values = first + second.astype(first.dtype, copy=False)
    return total
