"""BoTorch agrees with the tables, and learns as an engine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import cho_solve

from optimization.engines import engine
from optimization.engines.botorch import BotorchEngine, anchors, gp
from optimization.engines.tab import tables
from optimization.engines.tab.covariance import covariance, shape
from optimization.engines.tab.engine import posterior
from optimization.engines.tab.hypers import Hypers
from optimization.engines.tab.paths import draw
from optimization.engines.tab.posterior import mean
from optimization.problem import Counts, Grid, NothingAllowed, Plan, Problem, Texts

SIZES = (4, 3, 5)


def problem(sizes=SIZES, segments=1, n=40, *, texts=True, seed=0):
    rng = np.random.default_rng(seed)
    trials = rng.integers(1, 3000, n).astype(float)
    counts = Counts(
        np.stack([rng.integers(0, size, n) for size in sizes], axis=1),
        rng.integers(0, segments, n),
        trials,
        rng.binomial(trials.astype(int), 0.02).astype(float),
        np.ones(n),
    )
    vectors = [rng.normal(size=(size, 6)) for size in sizes]
    expected = [rng.normal(0, 0.1, size) for size in sizes]
    known = Texts(tuple(vectors), tuple(expected))
    nothing = Texts((None,) * len(sizes), (None,) * len(sizes))
    return Problem(sizes, segments, counts, known if texts else nothing)


def everything(sizes):
    return Grid(sizes, tuple(np.ones(size, dtype=bool) for size in sizes))


def fitted(asked):
    return posterior(asked, asked.counts, asked.texts.expected, None)


def some_rows(asked, n=60):
    rng = np.random.default_rng(9)
    columns = [rng.integers(0, size, n) for size in (*asked.sizes, asked.segments)]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("texts", [True, False])
@pytest.mark.parametrize(("sizes", "segments"), [(SIZES, 1), (SIZES, 3), ((7,), 1), ((2,) * 9, 2)])
def test_its_posterior_is_that_of_the_tables(sizes, segments, texts):
    asked = problem(sizes, segments, texts=texts)
    fit, x = fitted(asked), some_rows(asked)
    found, spread = gp.moments(gp.model(fit), x)
    cross = covariance(fit.shape, fit.hypers, x, fit.rows.x)
    prior = covariance(fit.shape, fit.hypers, x, x)
    expected = prior - cross @ cho_solve((fit.mode.factor, True), cross.T)
    assert np.allclose(found, tables.at(mean(fit), x)[:, 0], rtol=1e-9, atol=0)
    assert np.abs(spread - expected).max() < 1e-9 * np.abs(expected).max()
    assert np.allclose(np.diag(spread), np.diag(expected), rtol=1e-6, atol=0)


def test_its_kernel_knows_its_diagonal():
    fit, x = fitted(problem(segments=3)), some_rows(problem(segments=3))
    kernel = gp.model(fit).covar_module
    rows = gp._tensor(x)
    whole = kernel(rows).to_dense()
    assert np.allclose(kernel(rows, diag=True).numpy(), whole.diagonal().numpy())


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.integers(1, 3),
    st.integers(0, 1000),
)
@settings(max_examples=30)
def test_a_function_is_known_from_its_anchors(sizes, segments, seed):
    form = shape(tuple(sizes), segments)
    rng = np.random.default_rng(seed)
    functions = draw(form, Hypers.default(len(sizes)), 3, rng)
    points = anchors.points(form)
    x = np.stack([rng.integers(0, size, 50) for size in (*sizes, segments)], axis=1)
    found = anchors.tables(form, tables.at(functions, points).astype(np.float64))
    assert len(points) == anchors.count(form)
    assert np.allclose(tables.at(found, x), tables.at(functions, x), atol=1e-4)


def test_samples_have_the_posterior_s_mean_and_covariance():
    asked = problem(segments=2)
    fit, x = fitted(asked), some_rows(asked, 12)
    drawn, middle = BotorchEngine().drawn(fit, 20_000, np.random.default_rng(1))
    expected, spread = gp.moments(gp.model(fit), x)
    found = tables.at(drawn, x)
    assert np.allclose(tables.at(middle, x)[:, 0], expected, rtol=1e-9)
    assert np.allclose(found.mean(axis=1), expected, atol=0.01)
    assert np.allclose(np.cov(found), spread, atol=0.03 * spread.max())


def test_the_same_seed_gives_the_same_batches():
    def once():
        return engine("botorch").learn(
            problem(), everything(SIZES), Plan(), np.random.default_rng(5)
        )

    assert once().batches == once().batches


def test_it_agrees_with_the_tables_about_rates():
    asked, grid = problem(n=200), everything(SIZES)
    plan = Plan(samples=2000)
    one, other = (
        engine(name).learn(asked, grid, plan, np.random.default_rng(2))
        for name in ("tab", "botorch")
    )
    assert one.uniform_rate == pytest.approx(other.uniform_rate, rel=0.02)
    assert one.best_rate == pytest.approx(other.best_rate, rel=0.05)
    assert one.hypers == other.hypers
    means = {(each.component, each.value): each.mean for each in other.effects}
    assert all(abs(each.mean - means[each.component, each.value]) < 0.03 for each in one.effects)


@pytest.mark.parametrize("segments", [1, 3])
def test_every_segment_has_a_batch_whose_weights_sum_to_one(segments):
    asked = problem(segments=segments)
    found = engine("botorch").learn(asked, everything(SIZES), Plan(), np.random.default_rng(3))
    assert len(found.batches) == segments
    for arms in found.batches:
        assert sum(arm.weight for arm in arms) == pytest.approx(1)
        assert all(arm.low <= arm.rate <= arm.high for arm in arms)


def test_before_any_trial_it_spreads_evenly():
    found = engine("botorch").learn(
        problem(n=0), everything(SIZES), Plan(), np.random.default_rng(3)
    )
    weights = [arm.weight for arm in found.batches[0]]
    assert weights == pytest.approx([1 / len(weights)] * len(weights))


def test_it_learns_conversions_too():
    asked = problem()
    clicks = asked.counts
    second = Counts(
        clicks.values, clicks.segment, clicks.successes, clicks.successes // 3, clicks.rounds
    )
    both = Problem(SIZES, 1, clicks, asked.texts, conversions=second, value=np.array([4.0]))
    found = engine("botorch").learn(both, everything(SIZES), Plan(), np.random.default_rng(3))
    assert 0 < found.uniform_rate < 0.1
    assert "conversion_pair" in found.hypers


def test_a_million_combinations_of_few_values_are_within_its_reach():
    sizes = (10,) * 6
    found = engine("botorch").learn(
        problem(sizes, n=60), everything(sizes), Plan(samples=32), np.random.default_rng(3)
    )
    assert found.best_rate > found.uniform_rate


def test_too_many_values_are_refused_in_words():
    sizes = (100, 100)
    with pytest.raises(ValueError, match="use tab"):
        engine("botorch").learn(problem(sizes), everything(sizes), Plan(), np.random.default_rng(3))


def test_rules_that_leave_nothing_raise_what_every_engine_raises():
    none = Grid(SIZES, tuple(np.zeros(size, dtype=bool) for size in SIZES))
    with pytest.raises(NothingAllowed):
        engine("botorch").learn(problem(), none, Plan(), np.random.default_rng(3))
