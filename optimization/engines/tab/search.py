"""The best combinations of functions given as tables (pure).

Up to LISTED combinations exactly: components are split in two, so that a function over all
combinations is a few sums of rows. Above, or where there are many functions, by coordinate ascent
(``ascent.py``).
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from optimization import masks
from optimization.engines.tab import ascent
from optimization.engines.tab.tables import NEVER, Singles, Tables, at, ruled
from optimization.problem import Grid, Ints, NothingAllowed

LISTED = 10_000_000
SMALL = 4096  # combinations: every function at every one of them
EVALUATIONS = 1_000_000_000  # of samples x combinations; above, ascent
BLOCK = 250_000  # combinations held at once: 1 MB stays in the cache (1e7: 28 ms, not 48)
POSSIBLE = np.float32(-1e29)


@dataclass(frozen=True, slots=True)
class _Split:
    """Combinations of usable values as pairs of a left and a right part."""

    half: int  # components of the left part
    left: Ints  # (L, half)
    right: Ints  # (R, C - half)


def best(tables: Tables, grid: Grid, rng: np.random.Generator, *, small: int = SMALL) -> Ints:
    """The argmax of each of the S functions among allowed combinations: (S, C).

    ``tables`` have no segments any more; up to ``small`` combinations every function is looked at
    everywhere at once. Raises NothingAllowed.
    """
    total = masks.unruled(grid)
    if total <= small or not total:
        return _of_all(tables, grid)
    if total > LISTED or total * tables.samples > EVALUATIONS:
        return ascent.best(tables, grid, rng)
    split = _split(grid)
    found = [_largest(tables, grid, split, s, 1) for s in range(tables.samples)]
    if not all(map(len, found)):
        raise NothingAllowed("rules and bans leave no combination")
    return np.concatenate(found)


def top(tables: Tables, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    """Up to ``many`` allowed combinations with the largest first function: (<= many, C)."""
    total = masks.unruled(grid)
    if total > LISTED:
        return ascent.top(tables, grid, many, rng)
    if not total:
        raise NothingAllowed("a component has no usable value")
    return _largest(tables, grid, _split(grid), 0, many)


def _of_all(tables: Tables, grid: Grid) -> Ints:
    rows = masks.listed(grid)
    if not len(rows):
        raise NothingAllowed("rules and bans leave no combination")
    largest: Ints = rows[at(tables, rows).argmax(axis=0)]
    return largest


def _largest(tables: Tables, grid: Grid, split: _Split, s: int, many: int) -> Ints:
    """The ``many`` largest of function s, largest first: (<= many, C)."""
    values: list[float] = []
    rows: list[Ints] = []
    for block, left in _blocks(tables, grid, split, s):
        flat = block.ravel()
        places = _places(flat, many)
        places = places[flat[places] > POSSIBLE]
        right = split.right[places % len(split.right)]
        rows.append(np.concatenate([left[places // len(split.right)], right], axis=1))
        values.extend(flat[places].tolist())
    order = np.argsort(-np.array(values), kind="stable")[:many]
    return np.concatenate(rows)[order]


def _places(flat: Singles, many: int) -> Ints:
    if many == 1:
        return np.array([flat.argmax()])
    if len(flat) <= many:
        return np.arange(len(flat))
    return np.argpartition(flat, len(flat) - many)[-many:]


def _blocks(tables: Tables, grid: Grid, split: _Split, s: int) -> Iterator[tuple[Singles, Ints]]:
    """Function s over all combinations, some of the left parts at a time: (some, R)."""
    adds = _left_tables(tables, grid, split, s)
    own = _inner(tables, grid, s, split.left, range(split.half))
    rest = _right(tables, grid, split, s)
    some = max(1, BLOCK // len(split.right))
    for start in range(0, len(split.left), some):
        left = split.left[start : start + some]
        values = own[start : start + some, None] + rest
        for c, table in enumerate(adds):
            values += table[left[:, c]]
        _strike(values, grid, left, split.right)
        yield values, left


def _split(grid: Grid) -> _Split:
    usable = [each.tolist() for each in masks.usable_values(grid)]
    half = _half([len(values) for values in usable])
    left = np.array(list(itertools.product(*usable[:half])), dtype=np.int64).reshape(-1, half)
    right = np.array(list(itertools.product(*usable[half:])), dtype=np.int64)
    right = right.reshape(math.prod(map(len, usable[half:])), len(usable) - half)
    return _Split(half, left, right)


def _half(sizes: Sequence[int]) -> int:
    """Where to split components so that both products are alike; at least one is left."""
    total = math.log(math.prod(sizes))
    cut = [abs(2 * math.log(math.prod(sizes[:h])) - total) for h in range(1, len(sizes) + 1)]
    return 1 + cut.index(min(cut))


def _left_tables(tables: Tables, grid: Grid, split: _Split, s: int) -> list[Singles]:
    """What every value of a left component adds to each right part: (K_c, R) each."""
    usable = masks.usable_values(grid)
    result = []
    for c in range(split.half):
        block: Singles = tables.mains[c][:, s].astype(np.float32)
        for d in range(split.half, len(usable)):
            pair = ruled(tables, grid, (c, d), s)
            if pair is None:
                pair = np.zeros((grid.sizes[c], grid.sizes[d]), dtype=np.float32)
            between = (1,) * (block.ndim - 1)
            block = block[..., None] + pair[:, usable[d]].reshape(len(pair), *between, -1)
        result.append(block.reshape(len(block), -1))
    return result


def _right(tables: Tables, grid: Grid, split: _Split, s: int) -> Singles:
    """What the right parts are alone, with the constant: (R,)."""
    components = range(split.half, len(grid.sizes))
    total = _inner(tables, grid, s, split.right, components) + np.float32(tables.constant[s])
    for i, c in enumerate(components):
        total += tables.mains[c][:, s][split.right[:, i]].astype(np.float32)
    return total


def _inner(tables: Tables, grid: Grid, s: int, x: Ints, components: range) -> Singles:
    """What pairs of the components of x, (m, .), add: (m,)."""
    total = np.zeros(len(x), dtype=np.float32)
    for (i, c), (j, d) in itertools.combinations(enumerate(components), 2):
        pair = ruled(tables, grid, (c, d), s)
        if pair is not None:
            total += pair[x[:, i], x[:, j]]
    return total


def _strike(values: Singles, grid: Grid, left: Ints, right: Ints) -> None:
    """NEVER for the single combinations that are banned."""
    half = left.shape[1]
    for banned in grid.banned:
        i = np.flatnonzero((left == np.array(banned[:half])).all(axis=1))
        j = np.flatnonzero((right == np.array(banned[half:])).all(axis=1))
        values[np.ix_(i, j)] = NEVER
