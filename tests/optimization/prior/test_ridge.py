"""The content prior: what it learns, that it stays silent on noise, that it knows no own clicks."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.prior.ridge import Experiment, Prior, TooFewTemplates, learn

DIM = 12


def experiments(many, *, signal=0.25, noise=0.15, seed=0, k=5):
    """Effects of ``many`` templates; ``signal`` is the sd of what the embeddings explain."""
    rng = np.random.default_rng(seed)
    direction = rng.normal(size=DIM)
    direction *= signal * np.sqrt(DIM) / np.linalg.norm(direction)
    made = []
    for template in range(many):
        rows = rng.normal(size=(k, DIM))
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        effects = rows @ direction + rng.normal(0, noise, k) + rng.normal(0, 3)
        made.append(Experiment(template, rows, effects, np.full(k, noise**2)))
    return made, direction


def left_out(prior, made, first):
    """R2 on templates that were not learnt from."""
    missed = total = 0.0
    for each in made[first:]:
        y = each.effects - each.effects.mean()
        missed += ((y - prior.expects(-1, each.embeddings)) ** 2).sum()
        total += (y**2).sum()
    return 1 - missed / total


def test_it_finds_what_embeddings_explain():
    made, _ = experiments(300)
    prior = learn(made[:200])
    assert left_out(prior, made, 200) > 0.5
    assert prior.r2 == pytest.approx(left_out(prior, made, 200), abs=0.1)
    assert prior.values == 1000


def test_the_more_templates_the_better():
    made, _ = experiments(600, signal=0.1)
    few, many = (learn(made[:n]) for n in (25, 400))
    assert left_out(many, made, 400) > left_out(few, made, 400)


@pytest.mark.parametrize("many", [25, 400])
def test_it_says_little_where_there_is_nothing(many):
    made, _ = experiments(many + 200, signal=0.0)
    prior = learn(made[:many])
    assert left_out(prior, made, many) > -0.05
    assert prior.slope < 1.0


@pytest.mark.parametrize("template", [0, 7, 29])
def test_a_template_s_own_clicks_say_nothing_of_itself(template):
    made, _ = experiments(30)
    changed = list(made)
    changed[template] = replace(made[template], effects=made[template].effects * 1.05)
    one, other = learn(made), learn(changed)
    assert one.penalty == other.penalty
    rows = made[template].embeddings
    shrunk = (one.slope, other.slope)
    assert np.allclose(
        one.expects(template, rows) / shrunk[0], other.expects(template, rows) / shrunk[1]
    )


def test_a_level_that_a_template_has_makes_no_difference():
    made, _ = experiments(40)
    raised = [replace(each, effects=each.effects + 10.0 * each.template_id) for each in made]
    assert np.allclose(learn(made).weights, learn(raised).weights)


def test_the_order_of_templates_makes_no_difference():
    made, _ = experiments(40)
    assert np.allclose(learn(made).weights, learn(made[::-1]).weights)


def test_what_it_expects_has_mean_zero():
    made, _ = experiments(30)
    rows = np.random.default_rng(1).normal(size=(6, DIM))
    assert learn(made).expects(10**9, rows).mean() == pytest.approx(0)


def test_values_of_which_more_is_known_count_more():
    made, _ = experiments(60)
    wild = [
        replace(each, effects=-each.effects * 5, variances=each.variances * 1e6)
        for each in experiments(60, seed=3)[0]
    ]
    both = [*made, *(replace(each, template_id=each.template_id + 1000) for each in wild)]
    assert left_out(learn(both), made, 0) > 0.5


@pytest.mark.parametrize("many", [0, 1, 24])
def test_too_few_templates_are_refused_in_words(many):
    with pytest.raises(TooFewTemplates, match=f"{many} templates"):
        learn(experiments(many)[0])


def test_experiments_of_one_value_do_not_count():
    made = experiments(30)[0]
    with pytest.raises(TooFewTemplates, match="20 templates"):
        learn([*made[:20], *(replace(each, effects=each.effects[:1]) for each in made[20:])])


@given(st.integers(25, 40), st.integers(2, 5), st.floats(0, 2), st.integers(0, 10**6))
def test_its_numbers_are_finite_and_its_slope_not_negative(many, k, signal, seed):
    prior = learn(experiments(many, signal=signal, seed=seed, k=k)[0])
    assert isinstance(prior, Prior)
    assert np.isfinite(prior.weights).all()
    assert 0 <= prior.slope < 10
    assert prior.r2 <= 1


def test_equal_effects_and_equal_texts_are_no_trouble():
    same = [
        Experiment(t, np.ones((3, DIM)) / np.sqrt(DIM), np.zeros(3), np.ones(3)) for t in range(30)
    ]
    prior = learn(same)
    assert prior.slope == 0
    assert np.array_equal(prior.expects(1, np.ones((2, DIM))), np.zeros(2))
