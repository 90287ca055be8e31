"""The few combinations that say a function's value at all others, and how (pure).

A function of main effects and pairs is exact from its values at one combination, those that differ
from it in one component, and those that differ in a modelled pair of components ("cut" expansion:
Rabitz and Alis, J. Math. Chem. 25, 1999). 10 x 10 x 10 x 10 combinations need 523. A joint sample
of these is one of all.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from optimization.engines.tab.covariance import Shape
from optimization.engines.tab.tables import Tables
from optimization.problem import Floats, Ints

Cell = tuple[tuple[int, int], ...]  # (component, value) where it differs from the first combination


def points(shape: Shape) -> Ints:
    """The combinations with their segment, (B, C + 1); ``tables`` takes values in this order."""
    cells = list(_cells(shape))
    found = np.zeros((len(cells), len(shape.sizes) + 1), np.int64)
    for row, cell in enumerate(cells):
        for component, value in cell:
            found[row, component] = value
    return found


def count(shape: Shape) -> int:
    """How many there are, B, without listing them."""
    sizes = (*shape.sizes, shape.segments)
    pairs = sum((sizes[c] - 1) * (sizes[d] - 1) for c, d in _pairs(shape))
    return 1 + sum(size - 1 for size in sizes) + pairs


def tables(shape: Shape, values: Floats) -> Tables:
    """The functions, as tables, that have these values at the points: (B, S)."""
    sizes, samples = (*shape.sizes, shape.segments), values.shape[1]
    mains = [np.zeros((size, samples)) for size in sizes]
    pairs = {(c, d): np.zeros((sizes[c], sizes[d], samples)) for c, d in _pairs(shape)}
    constant = values[0]
    for cell, row in zip(_cells(shape), values, strict=True):
        if len(cell) == 1:
            ((c, u),) = cell
            mains[c][u] = row - constant
        elif cell:
            (c, u), (d, v) = cell
            pairs[c, d][u, v] = row - constant - mains[c][u] - mains[d][v]
    return Tables(constant, tuple(mains), pairs)


def _cells(shape: Shape) -> Iterator[Cell]:
    sizes = (*shape.sizes, shape.segments)
    yield ()
    for c, size in enumerate(sizes):
        for u in range(1, size):
            yield ((c, u),)
    for c, d in _pairs(shape):
        for u, v in product(range(1, sizes[c]), range(1, sizes[d])):
            yield ((c, u), (d, v))


def _pairs(shape: Shape) -> list[tuple[int, int]]:
    last = len(shape.sizes)
    segments = [(c, last) for c in range(last)] if shape.segments > 1 else []
    return [*shape.pairs, *segments]
