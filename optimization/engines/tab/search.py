"""The best combinations of functions given as tables (pure).

Up to LISTED combinations exactly: components are split in two, so that a function over all
combinations is one product of two small matrices. Above, coordinate ascent with restarts.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np

from optimization import masks
from optimization.engines.tab.tables import Singles, Tables, at
from optimization.problem import Grid, Ints, NothingAllowed

LISTED = 10_000_000
EVALUATIONS = 600_000_000  # of samples x combinations; above, ascent
BLOCK = 4_000_000  # combinations held at once, 16 MB
NEVER = np.float32(-1e30)
POSSIBLE = np.float32(-1e29)
RESTARTS = 6
SWEEPS = 8


def best(tables: Tables, grid: Grid, rng: np.random.Generator) -> Ints:
    """The argmax of each of the S functions among allowed combinations: (S, C).

    ``tables`` have no segments any more. Raises NothingAllowed.
    """
    total = masks.unruled(grid)
    if not total:
        raise NothingAllowed("a component has no usable value")
    if total > LISTED or total * tables.samples > EVALUATIONS:
        return _ascend(tables, grid, rng)
    found = [next(_largest(tables, grid, s, 1), None) for s in range(tables.samples)]
    rows = [row for row in found if row is not None]
    if len(rows) < tables.samples:
        raise NothingAllowed("rules and bans leave no combination")
    return np.array(rows, dtype=np.int64)


def top(tables: Tables, grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    """Up to ``many`` allowed combinations with the largest first function: (<= many, C)."""
    if masks.unruled(grid) <= LISTED:
        rows = list(_largest(tables, grid, 0, many))
        return np.array(rows, dtype=np.int64).reshape(-1, len(grid.sizes))
    first = Tables(
        tables.constant[:1],
        tuple(main[:, :1] for main in tables.mains),
        {key: pair[..., :1] for key, pair in tables.pairs.items()},
    )
    starts = masks.draw(grid, 4 * many, rng)
    ends = _climb(first, grid, starts[:, None, :])[:, 0]
    rows = np.unique(_neighbours(np.unique(ends, axis=0), grid), axis=0)
    rows = rows[masks.allows(grid, rows)]
    return rows[np.argsort(-at(first, rows)[:, 0], kind="stable")[:many]]


def _neighbours(rows: Ints, grid: Grid) -> Ints:
    """Rows and all that differ from one of them in one component."""
    result = [rows]
    for c, values in enumerate(masks.usable_values(grid)):
        changed = np.repeat(rows, len(values), axis=0)
        changed[:, c] = np.tile(values, len(rows))
        result.append(changed)
    return np.concatenate(result)


def _largest(tables: Tables, grid: Grid, s: int, many: int) -> Iterator[tuple[int, ...]]:
    """The ``many`` largest of function s, largest first."""
    heads: list[tuple[float, tuple[int, ...]]] = []
    for values, left, right in _blocks(tables, grid, s):
        flat = values.ravel()
        places = [int(flat.argmax())] if many == 1 else _places(flat, many)
        for place in places:
            row = (*left[place // len(right)].tolist(), *right[place % len(right)].tolist())
            if flat[place] > POSSIBLE:
                heads.append((float(flat[place]), row))
    heads.sort(key=lambda head: -head[0])
    return (row for _, row in heads[:many])


def _places(flat: Singles, many: int) -> list[int]:
    if len(flat) <= many:
        return list(range(len(flat)))
    chosen: list[int] = np.argpartition(flat, len(flat) - many)[-many:].tolist()
    return chosen


def _blocks(tables: Tables, grid: Grid, s: int) -> Iterator[tuple[Singles, Ints, Ints]]:
    """Function s over all combinations of usable values, some of the left part at a time."""
    half = _half([len(values) for values in masks.usable_values(grid)])
    left, right = _parts(grid, half)
    codes = _codes(left, grid.sizes[:half])
    table = _right_table(tables, grid, s, right, half)
    own = _inner(tables, grid, s, left, range(half), mains=False)
    for start in range(0, len(left), max(1, BLOCK // len(right))):
        stop = start + max(1, BLOCK // len(right))
        values = codes[start:stop] @ table + own[start:stop, None]
        _strike(values, grid, left[start:stop], right)
        yield values, left[start:stop], right


def _half(sizes: Sequence[int]) -> int:
    """Where to split components so that both products are alike; at least one is left."""
    total = math.log(math.prod(sizes))
    cut = [abs(2 * math.log(math.prod(sizes[:h])) - total) for h in range(1, len(sizes) + 1)]
    return 1 + cut.index(min(cut))


def _parts(grid: Grid, half: int) -> tuple[Ints, Ints]:
    values = [each.tolist() for each in masks.usable_values(grid)]
    left = np.array(list(itertools.product(*values[:half])), dtype=np.int64)
    right = np.array(list(itertools.product(*values[half:])), dtype=np.int64)
    return left.reshape(-1, half), right.reshape(-1, len(values) - half)


def _codes(left: Ints, sizes: Sequence[int]) -> Singles:
    """One-hot of every left combination and a 1: (L, sum K_c + 1)."""
    codes = np.zeros((len(left), sum(sizes) + 1), dtype=np.float32)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    np.put_along_axis(codes, left + starts, np.float32(1), axis=1)
    codes[:, -1] = 1
    return codes


def _right_table(tables: Tables, grid: Grid, s: int, right: Ints, half: int) -> Singles:
    """For every value of the left components what it adds to each right combination: (., R)."""
    rows = []
    for c in range(half):
        block = np.repeat(tables.mains[c][:, s, None].astype(np.float32), len(right), axis=1)
        for d in range(half, len(grid.sizes)):
            pair = _pair(tables, grid, s, (c, d))
            if pair is not None:
                block += pair[:, right[:, d - half]]
        rows.append(block)
    others = _inner(tables, grid, s, right, range(half, len(grid.sizes)), mains=True)
    return np.concatenate([*rows, (others + np.float32(tables.constant[s]))[None, :]])


def _inner(
    tables: Tables, grid: Grid, s: int, x: Ints, components: range, *, mains: bool
) -> Singles:
    """What the components of x, (m, .), add among themselves: (m,)."""
    total = np.zeros(len(x), dtype=np.float32)
    for i, c in enumerate(components):
        if mains:
            total += tables.mains[c][:, s][x[:, i]].astype(np.float32)
        for j, d in enumerate(components[i + 1 :], start=i + 1):
            pair = _pair(tables, grid, s, (c, d))
            if pair is not None:
                total += pair[x[:, i], x[:, j]]
    return total


def _pair(tables: Tables, grid: Grid, s: int, key: tuple[int, int]) -> Singles | None:
    """The pair table of function s with NEVER where a rule forbids; None where there is neither."""
    table, rule = tables.pairs.get(key), grid.forbidden.get(key)
    if table is None:
        return None if rule is None else np.where(rule, NEVER, np.float32(0))
    single: Singles = table[..., s].astype(np.float32)
    return single if rule is None else np.where(rule, NEVER, single)


def _strike(values: Singles, grid: Grid, left: Ints, right: Ints) -> None:
    """NEVER for the single combinations that are banned."""
    half = left.shape[1]
    for banned in grid.banned:
        i = np.flatnonzero((left == np.array(banned[:half])).all(axis=1))
        j = np.flatnonzero((right == np.array(banned[half:])).all(axis=1))
        values[np.ix_(i, j)] = NEVER


def _ascend(tables: Tables, grid: Grid, rng: np.random.Generator) -> Ints:
    """The best of RESTARTS local maxima of each function: (S, C)."""
    starts = masks.draw(grid, RESTARTS * tables.samples, rng)
    starts = starts.reshape(RESTARTS, tables.samples, -1)
    greedy = np.stack(
        [
            np.where(usable[:, None], main, NEVER).argmax(axis=0)
            for main, usable in zip(tables.mains, grid.usable, strict=True)
        ],
        axis=1,
    )
    ok = masks.allows(grid, greedy)
    starts[0, ok] = greedy[ok]
    ends = _climb(tables, grid, starts)
    scores = np.stack([_each(tables, rows) for rows in ends])
    allowed = np.stack([masks.allows(grid, rows) for rows in ends])
    chosen = np.where(allowed, scores, NEVER).argmax(axis=0)
    every = np.arange(tables.samples)
    return np.where(allowed[chosen, every][:, None], ends[chosen, every], starts[-1])


def _climb(tables: Tables, grid: Grid, starts: Ints) -> Ints:
    """Coordinate ascent of every function from every start, (R, S, C), one component at a time."""
    x = starts.copy()
    for _ in range(SWEEPS):
        before = x.copy()
        for c in range(x.shape[2]):
            x[..., c] = _scores(tables, grid, x, c).argmax(axis=0)
        if (x == before).all():
            break
    return x


def _scores(tables: Tables, grid: Grid, x: Ints, c: int) -> Singles:
    """Of every value of component c given the others of x, (R, S, C): (K_c, R, S)."""
    every = np.arange(x.shape[1])
    main = np.where(grid.usable[c][:, None], tables.mains[c], NEVER)
    scores: Singles = np.repeat(main[:, None, :], len(x), axis=1).astype(np.float32)
    for d in range(x.shape[2]):
        key = (min(c, d), max(c, d))
        pair, rule = tables.pairs.get(key), grid.forbidden.get(key)
        if pair is not None:
            scores += (pair if c < d else pair.swapaxes(0, 1))[:, x[..., d], every]
        if rule is not None:
            scores += np.where(rule if c < d else rule.T, NEVER, np.float32(0))[:, x[..., d]]
    return scores


def _each(tables: Tables, x: Ints) -> Singles:
    """Function s at row s of x, (S, C): (S,)."""
    every = np.arange(len(x))
    total = tables.constant.astype(np.float32)
    for c, main in enumerate(tables.mains):
        total = total + main[x[:, c], every]
    for (c, d), pair in tables.pairs.items():
        total = total + pair[x[:, c], x[:, d], every]
    return total
