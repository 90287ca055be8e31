"""The best combination of a function, against brute force."""

import numpy as np
import pytest

from optimization import masks
from optimization.engines.tab import ascent, search
from optimization.engines.tab.covariance import shape
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import draw
from optimization.engines.tab.tables import at, within
from optimization.problem import NothingAllowed
from tests.optimization.problems import every, grid

SPACES = [(3, 3, 3), (10, 10, 10), (7,), (2,) * 12, (40, 30, 20), (9, 8, 7, 6, 5)]


def functions(sizes, many=12, seed=0):
    tables = shape(sizes, 1)
    hypers = Hypers((0.2,) * len(sizes), pair=0.15)
    return within(draw(tables, hypers, many, np.random.default_rng(seed)), 0)


def ruled(sizes, seed=5):
    """A grid with rules between components, values that are off and single bans."""
    rng = np.random.default_rng(seed)
    usable = tuple(np.ones(size, dtype=bool) for size in sizes)
    for each in usable:
        each[0] = len(each) < 3
    pairs = [(c, c + 1) for c in range(len(sizes) - 1)] + [(0, len(sizes) - 1)] * (len(sizes) > 2)
    forbidden = {(c, d): rng.random((sizes[c], sizes[d])) < 0.3 for c, d in pairs}
    banned = {tuple(row) for row in rng.permutation(every(sizes))[:5].tolist()}
    return grid(sizes, forbidden, banned, usable)


def brute(tables, space):
    values = every(space.sizes)
    values = values[masks.allows(space, values)]
    return at(tables, values)


@pytest.mark.parametrize("small", [search.SMALL, 0])
@pytest.mark.parametrize("sizes", SPACES, ids=str)
@pytest.mark.parametrize("make", [grid, ruled])
def test_it_is_the_argmax_of_brute_force(sizes, make, small):
    tables, space = functions(sizes), make(sizes)
    expected = brute(tables, space)
    found = search.best(tables, space, np.random.default_rng(0), small=small)
    assert masks.allows(space, found).all()
    assert np.diag(at(tables, found)) == pytest.approx(expected.max(axis=0), abs=1e-4)


@pytest.mark.parametrize("sizes", [(10, 10, 10), (70, 70, 70)], ids=str)
def test_the_top_is_that_of_brute_force(sizes):
    tables, space = functions(sizes, many=1), ruled(sizes)
    expected = brute(tables, space)
    found = search.top(tables, space, 20, np.random.default_rng(0))
    best = np.sort(expected[:, 0])[::-1][:20]
    assert at(tables, found)[:, 0] == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("make", [grid, ruled])
def test_ascent_nearly_always_finds_the_argmax(make):
    sizes = (10, 10, 10, 6)
    tables, space = functions(sizes, many=100), make(sizes)
    found = ascent.best(tables, space, np.random.default_rng(0))
    reached = np.diag(at(tables, found)) > brute(tables, space).max(axis=0) - 1e-4
    assert masks.allows(space, found).all()
    assert reached.mean() > 0.9


@pytest.mark.parametrize("sizes", [(10,) * 9, (1000, 1000, 1000)], ids=str)
def test_a_billion_combinations_are_searched_too(sizes):
    tables, space = functions(sizes, many=8), ruled_lightly(sizes)
    found = search.best(tables, space, np.random.default_rng(0))
    top = search.top(tables, space, 30, np.random.default_rng(0))
    random = masks.draw(space, 2000, np.random.default_rng(1))
    assert masks.allows(space, found).all()
    assert masks.allows(space, top).all()
    assert (np.diag(at(tables, found)) >= at(tables, random).max(axis=0)).all()
    assert at(tables, top)[0, 0] >= at(tables, random)[:, 0].max()


def ruled_lightly(sizes):
    forbidden = np.zeros((sizes[0], sizes[1]), dtype=bool)
    forbidden[:5, :5] = True
    return grid(sizes, {(0, 1): forbidden})


@pytest.mark.parametrize("sizes", [(3, 3), (80, 80)], ids=str)
def test_rules_that_leave_nothing_are_said(sizes):
    space = grid(sizes, {(0, 1): np.ones(sizes, dtype=bool)})
    with pytest.raises(NothingAllowed):
        search.best(functions(sizes), space, np.random.default_rng(0))


def test_a_component_without_usable_values_is_said():
    space = grid((3, 3), usable=(np.zeros(3, dtype=bool), np.ones(3, dtype=bool)))
    with pytest.raises(NothingAllowed):
        search.best(functions((3, 3)), space, np.random.default_rng(0))
