"""Allowed combinations of a grid, uniformly at random: all of a small one, draws of a large (pure)."""

import itertools
import math

import numpy as np

from optimization.engines.problem import Bools, Grid, Ints, NothingAllowed

MAX_LISTED = 20_000  # grids up to this size are listed, larger ones drawn from
MAX_SEARCHED = 200_000  # combinations looked through where drawing finds none
TRIES = 20


def allowed(grid: Grid, values: Ints) -> Bools:
    """Which rows ``(n, C)`` may serve."""
    kept = np.ones(len(values), bool)
    for c, usable in enumerate(grid.usable):
        kept &= usable[values[:, c]]
    for (c, d), table in grid.forbidden.items():
        kept &= ~table[values[:, c], values[:, d]]
    if grid.banned:
        kept &= [tuple(row) not in grid.banned for row in values.tolist()]
    return kept


def pool(grid: Grid, at_most: int, rng: np.random.Generator) -> Ints:
    """Distinct allowed combinations: all where the grid is small, else about ``at_most`` draws.

    Raises NothingAllowed where there are none (or none among those that were looked at).
    """
    columns = [np.flatnonzero(usable) for usable in grid.usable]
    total = math.prod(len(column) for column in columns)
    if 0 < total <= MAX_LISTED:
        found = np.array(list(itertools.product(*columns)), np.int64)
        found = found[allowed(grid, found)]
    else:
        found = _drawn(grid, columns, at_most, rng) if total else np.zeros((0, len(columns)))
    if not len(found):
        raise NothingAllowed("no combination may serve: all are inactive, banned or against a rule")
    return found


def _drawn(grid: Grid, columns: list[Ints], at_most: int, rng: np.random.Generator) -> Ints:
    kept = np.zeros((0, len(columns)), np.int64)
    for _ in range(TRIES):
        rows = np.column_stack([rng.choice(column, at_most) for column in columns])
        kept = np.unique(np.vstack((kept, rows[allowed(grid, rows)])), axis=0)
        if 2 * len(kept) >= at_most:
            break
    return kept if len(kept) else _searched(grid, columns)


def _searched(grid: Grid, columns: list[Ints]) -> Ints:
    rows = np.array(list(itertools.islice(itertools.product(*columns), MAX_SEARCHED)), np.int64)
    return rows[allowed(grid, rows)]
