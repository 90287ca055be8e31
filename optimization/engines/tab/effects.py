"""What values and pairs of values add, with intervals, from joint samples (pure).

Effects are against the average value of the component, over all values of the others: what a
value adds alone includes its average interaction, a pair's effect is what is left.
"""

from collections.abc import Iterator

import numpy as np

from optimization.engines.tab.beliefs import TabBeliefs
from optimization.engines.tab.tables import Tables, Values, within
from optimization.problem import Effect, Grid, Ints, PairEffect, Problem

STRONGEST = 50  # of a pair of components; all of them where there are no more than ALL_CELLS
ALL_CELLS = 400
MAX_COMPONENT_PAIRS = 30
INTERVAL = (0.05, 0.95)

Explained = tuple[tuple[Effect, ...], tuple[PairEffect, ...]]


def explain(beliefs: TabBeliefs, problem: Problem, grid: Grid) -> Explained:
    """Effects of every value, per segment where there are several, and of pairs.

    Of the first stack: clicks. A segment's effects are of its own; without one, of all together.
    """
    everywhere = averaged(beliefs.samples[0], problem.segments)
    found = list(_effects(everywhere, None))
    if problem.segments > 1:
        for segment in range(problem.segments):
            found += _effects(within(beliefs.samples[0], segment), segment)
    return tuple(found), tuple(_pairs(everywhere, grid))


def averaged(tables: Tables, segments: int) -> Tables:
    """The mean of the functions over segments, each counted once."""
    slices = [within(tables, segment) for segment in range(segments)]
    alike = zip(*(each.mains for each in slices), strict=True)
    constant: Values = np.mean([each.constant for each in slices], axis=0)
    return Tables(constant, tuple(np.mean(each, axis=0) for each in alike), slices[0].pairs)


def mains(tables: Tables) -> list[Values]:
    """What each value adds against the average of its component, (K_c, S) each."""
    found = []
    for c, main in enumerate(tables.mains):
        total = main.copy()
        for (first, second), pair in tables.pairs.items():
            if c in (first, second):
                total += pair.mean(axis=1 if c == first else 0)
        found.append(total - total.mean(axis=0))
    return found


def _effects(tables: Tables, segment: int | None) -> Iterator[Effect]:
    for c, samples in enumerate(mains(tables)):
        for value, (middle, low, high) in enumerate(_summary(samples)):
            yield Effect(c, value, middle, low, high, segment)


def _pairs(tables: Tables, grid: Grid) -> Iterator[PairEffect]:
    """The strongest of each pair of components, of the pairs whose tables vary most."""
    order = sorted(tables.pairs, key=lambda key: -float(tables.pairs[key].mean(axis=-1).var()))
    for c, d in sorted(order[:MAX_COMPONENT_PAIRS]):
        pair = tables.pairs[c, d]
        centred = pair - pair.mean(axis=0) - pair.mean(axis=1)[:, None] + pair.mean(axis=(0, 1))
        flat = centred.reshape(-1, centred.shape[-1])
        cells = _strongest(flat)
        for cell, (middle, low, high) in zip(cells.tolist(), _summary(flat[cells]), strict=True):
            u, v = divmod(cell, grid.sizes[d])
            yield PairEffect((c, u), (d, v), middle, low, high)


def _strongest(flat: Values) -> Ints:
    if len(flat) <= ALL_CELLS:
        return np.arange(len(flat))
    return np.sort(np.argsort(-np.abs(flat.mean(axis=1)))[:STRONGEST])


def _summary(samples: Values) -> Iterator[tuple[float, float, float]]:
    """Mean and 90 % interval of each row (m, S)."""
    low, high = np.quantile(samples, INTERVAL, axis=1)
    for middle, bottom, top in zip(samples.mean(axis=1), low, high, strict=True):
        yield float(middle), float(bottom), float(top)
