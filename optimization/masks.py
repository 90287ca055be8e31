"""What may serve: rules and bans as a Grid; checks, draws and lists of it (pure)."""

import itertools
import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from optimization.problem import Bools, Combination, Grid, Ints, NothingAllowed

DRAW_ROUNDS = 32  # of rejection sampling, before combinations are searched for one by one
MAX_SEARCH_STEPS = 100_000


def build(
    assets: Sequence[Sequence[int]],
    active: Collection[int],
    excluded: Iterable[tuple[int, int]] = (),
    required: Mapping[int, Collection[int]] | None = None,
    banned: Iterable[Sequence[int]] = (),
) -> Grid:
    """The grid of a template.

    ``assets`` holds every asset id per component, in the order of the value indices, inactive ones
    too; ``active`` those that may serve. Of ``excluded`` the order within a pair does not matter.
    ``required`` maps an asset to the assets of which it needs every one. ``banned`` are single
    combinations of asset ids; those with an unknown asset cannot serve anyway.
    """
    where = {asset: (c, v) for c, ids in enumerate(assets) for v, asset in enumerate(ids)}
    usable = tuple(np.array([asset in active for asset in ids], dtype=bool) for ids in assets)
    forbidden: dict[tuple[int, int], Bools] = {}
    sizes = tuple(len(ids) for ids in assets)
    for first, second in excluded:
        if first in where and second in where:
            _forbid(forbidden, sizes, where[first], [where[second]])
    for asset, needed in (required or {}).items():
        if asset in where:
            _require(forbidden, sizes, usable, where[asset], [where.get(each) for each in needed])
    known = (
        tuple(where[asset][1] for asset in each)
        for each in banned
        if len(each) == len(assets)
        and all(asset in where and where[asset][0] == c for c, asset in enumerate(each))
    )
    return Grid(sizes, usable, forbidden, frozenset(known))


def allows(grid: Grid, values: Ints) -> Bools:
    """Whether each combination, ``values: (m, C)``, may serve: (m,)."""
    allowed = inside(grid, values)
    clipped = np.clip(values, 0, np.maximum(np.array(grid.sizes, dtype=np.int64) - 1, 0))
    for c, usable in enumerate(grid.usable):
        allowed &= usable[clipped[:, c]] if usable.size else np.False_
    for (c, d), table in grid.forbidden.items():
        allowed &= ~table[clipped[:, c], clipped[:, d]]
    if grid.banned:
        allowed &= np.array([tuple(row) not in grid.banned for row in values.tolist()], dtype=bool)
    return allowed


def inside(grid: Grid, values: Ints) -> Bools:
    """Whether every index of a combination is one of its component's: (m,)."""
    sizes = np.array(grid.sizes, dtype=np.int64)
    result: Bools = np.all((values >= 0) & (values < sizes), axis=1)
    return result


def usable_values(grid: Grid) -> tuple[Ints, ...]:
    """Per component the indices of the values that may serve."""
    return tuple(np.flatnonzero(usable) for usable in grid.usable)


def unruled(grid: Grid) -> int:
    """Combinations of usable values, before rules and single bans."""
    return math.prod(len(values) for values in usable_values(grid)) if grid.sizes else 0


def listed(grid: Grid) -> Ints:
    """Every allowed combination, the last component fastest: (N, C). For small grids."""
    if not grid.sizes:
        return _array((), 0)
    values = [each.tolist() for each in usable_values(grid)]
    rows = _array(list(itertools.product(*values)), len(values))
    return rows[allows(grid, rows)]


def draw(grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    """Allowed combinations, (many, C), independent and uniform.

    Where rules are so tight that rejection fails they are searched for, which is not uniform, and
    may give fewer, down to one. Raises NothingAllowed when none is found.
    """
    if not unruled(grid):
        raise NothingAllowed("a component has no usable value")
    kept: list[Ints] = []
    found = 0
    for _ in range(DRAW_ROUNDS):
        candidates = _uniform(grid, 2 * many + 16, rng)
        kept.append(candidates[allows(grid, candidates)])
        found += len(kept[-1])
        if found >= many:
            return np.concatenate(kept)[:many]
    if not found:
        kept.append(_searched(grid, rng))
    rows = np.concatenate(kept)
    return rows[rng.integers(len(rows), size=many)]


def _forbid(
    forbidden: dict[tuple[int, int], Bools],
    sizes: tuple[int, ...],
    one: tuple[int, int],
    others: Iterable[tuple[int, int]],
) -> None:
    for other in others:
        (c, u), (d, v) = sorted((one, other))
        if c != d:
            table = forbidden.setdefault((c, d), np.zeros((sizes[c], sizes[d]), dtype=bool))
            table[u, v] = True


def _require(
    forbidden: dict[tuple[int, int], Bools],
    sizes: tuple[int, ...],
    usable: tuple[Bools, ...],
    asset: tuple[int, int],
    needed: Iterable[tuple[int, int] | None],
) -> None:
    """A needed value forbids every other of its component; what cannot be had makes unusable."""
    component, value = asset
    for need in needed:
        if need is None or (need[0] == component and need != asset):
            usable[component][value] = False
        elif need != asset:
            others = ((need[0], v) for v in range(sizes[need[0]]) if v != need[1])
            _forbid(forbidden, sizes, asset, others)


def _uniform(grid: Grid, many: int, rng: np.random.Generator) -> Ints:
    columns = [each[rng.integers(len(each), size=many)] for each in usable_values(grid)]
    return np.stack(columns, axis=1)


def _searched(grid: Grid, rng: np.random.Generator) -> Ints:
    """One allowed combination, component by component with steps back; raises NothingAllowed."""
    orders = [rng.permutation(values).tolist() for values in usable_values(grid)]
    steps = itertools.count()
    stack: list[list[int]] = [[]]
    while stack and next(steps) < MAX_SEARCH_STEPS:
        chosen = stack.pop()
        if len(chosen) == len(orders):
            if tuple(chosen) not in grid.banned:
                return np.array([chosen], dtype=np.int64)
            continue
        d = len(chosen)
        stack.extend([*chosen, v] for v in reversed(orders[d]) if _fits(grid, chosen, d, v))
    raise NothingAllowed("rules and bans leave no combination")


def _fits(grid: Grid, chosen: list[int], d: int, value: int) -> bool:
    tables = grid.forbidden
    return not any((c, d) in tables and tables[c, d][u, value] for c, u in enumerate(chosen))


def _array(rows: Collection[Combination], components: int) -> Ints:
    return np.array(list(rows), dtype=np.int64).reshape(len(rows), components)
