"""Good combinations of functions given as tables, where there are too many to list (pure).

Coordinate ascent with restarts: docs/optimiser.md.
"""

import numpy as np

from optimization import masks
from optimization.engines.tab.tables import NEVER, Singles, Tables, at, ruled
from optimization.problem import Grid, Ints

RESTARTS = 32  # find the optimum of 99 of 100 functions of 1e6 combinations (16: 98, 6: 89)
SWEEPS = 8
TOP_STARTS = 64
TOP_ENDS = 4  # of which all neighbours are looked at


def best(tables: Tables, grid: Grid, rng: np.random.Generator) -> Ints:
    """The best of RESTARTS local maxima of each function: (S, C). Raises NothingAllowed."""
    starts = masks.draw(grid, RESTARTS * tables.samples, rng)
    starts = starts.reshape(RESTARTS, tables.samples, -1)
    greedy = _best_alone(tables, grid)
    allowed = masks.allows(grid, greedy)
    starts[0, allowed] = greedy[allowed]
    return _best_of(tables, grid, climb(tables, grid, starts), starts[-1])


def top(tables: Tables, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    """Up to ``many`` of the largest of the first function: local maxima and their neighbours."""
    first = Tables(
        tables.constant[:1],
        tuple(main[:, :1] for main in tables.mains),
        {key: pair[..., :1] for key, pair in tables.pairs.items()},
    )
    starts = masks.draw(grid, TOP_STARTS, rng)
    ends = np.unique(climb(first, grid, starts[:, None, :])[:, 0], axis=0)
    ends = ends[np.argsort(-at(first, ends)[:, 0], kind="stable")]
    rows = np.unique(np.concatenate([starts, ends, _neighbours(ends[:TOP_ENDS], grid)]), axis=0)
    rows = rows[masks.allows(grid, rows)]
    return rows[np.argsort(-at(first, rows)[:, 0], kind="stable")[:many]]


def climb(tables: Tables, grid: Grid, starts: Ints) -> Ints:
    """Coordinate ascent of function s from starts (R, S, C), one component at a time."""
    x = starts.copy()
    for _ in range(SWEEPS):
        before = x.copy()
        for c in range(x.shape[2]):
            x[..., c] = _scores(tables, grid, x, c).argmax(axis=0)
        if (x == before).all():
            break
    return x


def _best_alone(tables: Tables, grid: Grid) -> Ints:
    """The best usable value of every main table, (S, C)."""
    each = zip(tables.mains, grid.usable, strict=True)
    return np.stack(
        [np.where(usable[:, None], main, NEVER).argmax(axis=0) for main, usable in each], axis=1
    )


def _best_of(tables: Tables, grid: Grid, ends: Ints, otherwise: Ints) -> Ints:
    """Of every function the best allowed end, (R, S, C); (S, C)."""
    allowed = np.stack([masks.allows(grid, rows) for rows in ends])
    scores = np.stack([_each(tables, rows) for rows in ends])
    chosen = np.where(allowed, scores, NEVER).argmax(axis=0)
    every = np.arange(ends.shape[1])
    return np.where(allowed[chosen, every][:, None], ends[chosen, every], otherwise)


def _scores(tables: Tables, grid: Grid, x: Ints, c: int) -> Singles:
    """Of every value of component c given the others of x, (R, S, C): (K_c, R, S)."""
    every = np.arange(x.shape[1])
    main = np.where(grid.usable[c][:, None], tables.mains[c], NEVER)
    scores: Singles = np.repeat(main[:, None, :], len(x), axis=1).astype(np.float32)
    for d in range(x.shape[2]):
        pair = ruled(tables, grid, (min(c, d), max(c, d)))
        if pair is not None:
            scores += (pair if c < d else pair.swapaxes(0, 1))[:, x[..., d], every]
    return scores


def _each(tables: Tables, x: Ints) -> Singles:
    """Function s at row s of x, (S, C): (S,)."""
    every = np.arange(len(x))
    total = tables.constant.astype(np.float32)
    for c, main in enumerate(tables.mains):
        total += main[x[:, c], every]
    for (c, d), pair in tables.pairs.items():
        total += pair[x[:, c], x[:, d], every]
    return total


def _neighbours(rows: Ints, grid: Grid) -> Ints:
    """All that differ from one of the rows in one component."""
    result = []
    for c, values in enumerate(masks.usable_values(grid)):
        changed = np.repeat(rows, len(values), axis=0)
        changed[:, c] = np.tile(values, len(rows))
        result.append(changed)
    return np.concatenate(result)
