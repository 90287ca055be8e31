"""The tab engine, end to end: counts in, batches out."""

import math
from dataclasses import replace

import numpy as np
import pytest

from optimization import masks
from optimization.engines import ENGINES, engine
from optimization.engines.tab import TabEngine
from optimization.engines.tab.laplace import sigmoid
from optimization.problem import Counts, NothingAllowed, Plan
from optimization.rounds import merged
from tests.optimization.problems import (
    SIZES,
    counts,
    every,
    grid,
    none,
    problem,
    seen,
    unit,
    world,
)


def learn(asked, space=None, plan=None, seed=0, warm=None):
    space = grid(asked.sizes) if space is None else space
    return TabEngine().learn(asked, space, plan or Plan(), np.random.default_rng(seed), warm)


def campaign(seed, rounds=12, trials=5000, sizes=(10, 10, 10)):
    """Captured share and the share of intervals that held, over simulated rounds of S1."""
    truth, rng = world(seed, sizes), np.random.default_rng(seed)
    rates = truth.rates(every(sizes))
    played: list[Counts] = []
    captured: list[float] = []
    held: list[bool] = []
    for _ in range(rounds):
        data = merged(played, len(sizes))
        arms = learn(problem(data, sizes), plan=Plan(q=8), seed=seed).batches[0]
        values = np.array([arm.combination for arm in arms])
        shown = rng.multinomial(trials, [arm.weight for arm in arms])
        odds = truth.log_odds(values)
        clicks = rng.binomial(shown, sigmoid(odds + rng.normal(0, 0.11, len(odds))))
        inside = [a.low <= rate <= a.high for a, rate in zip(arms, sigmoid(odds), strict=True)]
        held += inside if played else []
        played.append(counts(values, shown, clicks))
        served = shown @ sigmoid(odds) / trials
        captured.append((served - rates.mean()) / (rates.max() - rates.mean()))
    return float(np.mean(captured)), float(np.mean(held))


def test_it_learns_what_is_good_and_its_intervals_hold():
    found = [campaign(seed) for seed in range(4)]
    assert np.mean([captured for captured, _ in found]) > 0.3
    assert 0.82 < np.mean([held for _, held in found]) < 0.97


def test_it_finds_the_best_where_there_is_much_traffic():
    truth = world(sizes=SIZES)
    learned = learn(problem(seen(truth, n=300, trials=20_000)), plan=Plan(q=4))
    best = tuple(every(SIZES)[truth.log_odds(every(SIZES)).argmax()].tolist())
    assert best in {arm.combination for arm in learned.batches[0]}
    assert learned.best_rate == pytest.approx(truth.rates(every(SIZES)).max(), rel=0.1)
    assert learned.uniform_rate == pytest.approx(truth.rates(every(SIZES)).mean(), rel=0.1)


def test_what_values_add_is_found_within_its_interval():
    truth = world(sizes=SIZES)
    learned = learn(problem(seen(truth, n=300, trials=20_000)))
    odds = truth.log_odds(every(SIZES)).reshape(SIZES)
    inside = []
    for effect in learned.effects:
        axes = tuple(c for c in range(3) if c != effect.component)
        exact = odds.mean(axis=axes)[effect.value] - odds.mean()
        inside.append(effect.low <= exact <= effect.high)
        assert effect.low <= effect.mean <= effect.high
    assert len(inside) == sum(SIZES)
    assert np.mean(inside) >= 0.75
    assert len(learned.pairs) == 4 * 3 + 4 * 5 + 3 * 5


def test_before_any_trial_the_batch_is_spread_and_keeps_the_rules():
    rule = np.zeros((4, 3), dtype=bool)
    rule[:2] = True
    space = grid(SIZES, {(0, 1): rule})
    learned = learn(problem(none()), space)
    rows = np.array([arm.combination for arm in learned.batches[0]])
    assert masks.allows(space, rows).all()
    assert len(rows) == 2 * max(SIZES)
    assert 0.001 < learned.uniform_rate < 0.1


def test_embeddings_help_where_a_value_was_never_shown():
    """Two groups of headlines; of each a third was never shown."""
    sizes, centres = (12, 4), unit(2, dim=16)
    near = centres[np.arange(12) % 2] + 0.05 * unit(12, dim=16, seed=4)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    values = np.array([[v, w] for v in range(8) for w in range(4)])
    clicks = np.where(values[:, 0] % 2 == 0, 300, 100)
    data = counts(values, np.full(32, 10_000), clicks)

    def unseen(embeddings):
        learned = learn(problem(data, sizes, embeddings=embeddings))
        means = {e.value: e.mean for e in learned.effects if e.component == 0}
        return np.mean([means[v] for v in (8, 10)]) - np.mean([means[v] for v in (9, 11)])

    assert unseen((near, None)) > unseen(None) + 0.1


def test_a_content_prior_decides_while_nothing_else_is_known():
    expected = np.array([0.0, 0.6, 0.0, 0.0])
    data = counts([[0, 0, 0]], [50], [1])
    learned = learn(problem(data, expected=(expected, None, None)))
    assert sum(arm.weight for arm in learned.batches[0] if arm.combination[0] == 1) > 0.5


def test_it_does_not_matter_how_values_are_numbered():
    truth = world(sizes=SIZES)
    data, order = seen(truth, n=200, trials=20_000), np.array([2, 0, 3, 1])
    renamed = data.values.copy()
    renamed[:, 0] = order[data.values[:, 0]]
    plain = learn(problem(data))
    other = learn(problem(replace(data, values=renamed)))
    means = {(e.component, e.value): e.mean for e in plain.effects}
    again = {(e.component, e.value): e.mean for e in other.effects}
    for v in range(4):
        assert again[0, int(order[v])] == pytest.approx(means[0, v], abs=0.05)


def test_the_same_combination_in_two_rows_is_one():
    rows = [[0, 0, 0], [1, 1, 1], [0, 0, 0]]
    split = learn(problem(counts(rows, [500, 900, 500], [5, 9, 7])))
    whole = learn(problem(counts(rows[:2], [1000, 900], [12, 9], rounds=[2, 1])))
    assert split.batches == whole.batches


def test_segments_learn_from_each_other_and_differ():
    values = np.tile(every((2, 2)), (2, 1))
    segment = np.repeat([0, 1], 4)
    good = values[:, 0] == segment
    data = counts(values, np.full(8, 20_000), np.where(good, 400, 100), segment)
    learned = learn(problem(data, (2, 2), segments=3))
    tops = [batch[0].combination[0] for batch in learned.batches]
    assert len(learned.batches) == len(learned.served) == 3
    assert tops[:2] == [0, 1]
    assert {effect.segment for effect in learned.effects} == {None, 0, 1, 2}


def test_conversions_and_their_value_decide_where_they_are_the_goal():
    rows = every((3, 1))
    clicks = counts(rows, [20_000] * 3, [400, 300, 200])
    bought = counts(rows, [400, 300, 200], [4, 60, 10])
    asked = problem(clicks, (3, 1), conversions=bought, value=np.array([50.0]))
    learned = learn(asked, plan=Plan(uniform=0, floor=0))
    top = learned.batches[0][0]
    assert top.combination == (1, 0)
    assert top.rate == pytest.approx(0.015 * 0.2 * 50, rel=0.35)
    assert learn(problem(clicks, (3, 1))).batches[0][0].combination == (0, 0)
    assert any(name.startswith("conversion_") for name in learned.hypers)


@pytest.mark.parametrize(
    ("sizes", "trials", "clicks"),
    [
        ((5,), [1000, 900], [10, 9]),
        ((2,) * 12, [1000, 900], [0, 0]),
        ((1, 1), [1000], [10]),
        ((10,) * 9, [1000, 900], [10, 900]),
        ((1000, 1000, 1000), [1000, 0], [10, 0]),
        ((4, 3), [0.5, 0.2], [0.5, 0]),
    ],
    ids=str,
)
def test_it_answers_whatever_the_size_and_the_counts(sizes, trials, clicks):
    rows = [[v % size for size in sizes] for v in range(len(trials))]
    learned = learn(problem(counts(rows, trials, clicks), sizes), plan=Plan(samples=32))
    for arm in learned.batches[0]:
        assert 0 <= arm.low <= arm.rate <= arm.high <= 1
    assert math.fsum(arm.weight for arm in learned.batches[0]) == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (counts([[0, 0, 0]], [5], [6]), r"6 of 5 for combination \(0, 0, 0\)"),
        (counts([[0, 0, 9]], [5], [1]), "outside the sizes"),
        (counts([[0, 0, 0]], [5], [1], segment=[4]), "not below 1"),
        (counts([[0, 0, 0]], [np.nan], [1]), "finite"),
        (counts([[0, 0, 0]], [5], [-1]), "0 or more"),
        (counts([[0, 0]], [5], [1]), "do not belong together"),
    ],
)
def test_counts_that_contradict_themselves_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        learn(problem(data))


@pytest.mark.parametrize(
    "more",
    [
        {"embeddings": (unit(3), None, None)},
        {"expected": (np.full(4, np.nan), None, None)},
        {"expected": (None,)},
        {"value": np.array([-1.0])},
        {"segments": 0},
    ],
)
def test_texts_and_values_that_do_not_fit_are_refused(more):
    with pytest.raises(ValueError):  # noqa: PT011
        learn(problem(seen(world(), n=3), **more))


def test_rules_that_leave_nothing_are_said():
    space = grid(SIZES, {(0, 1): np.ones((4, 3), dtype=bool)})
    for data in (none(), seen(world(), n=3)):
        with pytest.raises(NothingAllowed):
            learn(problem(data), space)


def test_engines_are_known_by_name():
    assert ENGINES == ("tab", "botorch", "seed")
    assert engine("tab").name == "tab"
    with pytest.raises(ValueError, match="'best'; there are tab, botorch, seed"):
        engine("best")
