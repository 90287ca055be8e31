"""Embeddings of combinations from those of their values."""

import math

import numpy as np
import pytest

from optimization.embeddings.compose import explained, learn


def world(n, sizes=(7, 5, 4), dim=6, noise=0.0):
    rng = np.random.default_rng(n)
    parts = [rng.normal(size=(size, dim)) for size in sizes]
    maps = [rng.normal(size=(dim, dim)) for _ in sizes]
    values = np.stack([rng.integers(0, size, n) for size in sizes], axis=1)
    whole = sum(part[values[:, c]] @ maps[c] for c, part in enumerate(parts)) + 5.0
    whole = whole + noise * rng.normal(size=whole.shape)
    return parts, values, whole / np.linalg.norm(whole, axis=1, keepdims=True)


@pytest.mark.parametrize("n", [12, 200])
def test_its_rows_have_unit_norm(n):
    parts, values, whole = world(n)
    rows = learn(parts, values, whole).rows(values)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)


def test_it_explains_what_is_nearly_additive():
    assert explained(*world(200)) > 0.8


def test_it_explains_nothing_of_noise():
    assert explained(*world(200, noise=100.0)) < 0.1


def test_a_handful_of_combinations_is_no_test_of_it():
    assert math.isnan(explained(*world(9)))


def test_more_rows_than_numbers_and_fewer_are_one_solution():
    parts, values, whole = world(200)
    few = learn(parts, values[:17], whole[:17])  # 18 numbers a row: the dual form
    many = learn(parts, np.tile(values[:17], (2, 1)), np.tile(whole[:17], (2, 1)))
    assert np.allclose(few.rows(values), many.rows(values), atol=0.2)
