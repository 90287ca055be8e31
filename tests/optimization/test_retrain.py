"""Retraining: what serves next, from what was shown."""

from datetime import timedelta

import numpy as np
import pytest

from campaigns.models import CreativeAsset
from optimization import runs
from optimization.controls import ban_value, learning_of
from optimization.models import (
    Batch,
    BatchSource,
    Learning,
    LearningState,
    RunState,
)
from optimization.services import activate_arms, roll_back_run
from tests.factories import (
    LearningFactory,
    RunFactory,
    SegmentFactory,
    TemplateFactory,
)
from tests.optimization.retraining import active, ask
from tests.optimization.traffic import NOW, ad_ids_of, credited, show, show_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("traffic", "no_model")]


def test_before_any_traffic_different_values_serve_in_equal_parts(template):
    run = ask(template)
    assert (run.state, run.problem) == (RunState.DONE, "")
    batch = active(template)
    assert (batch.source, batch.run) == (BatchSource.OPTIMISER, run)
    assert {round(arm["weight"], 6) for arm in batch.arms} == {round(1 / len(batch.arms), 6)}
    served = {asset for arm in batch.arms for asset in arm["ad_id"].split("-")}
    assert len(served) == 4


def test_the_best_combination_gets_most_of_the_traffic(template):
    best = ad_ids_of(template)[2]
    show_all(template, 4000, best)
    run = ask(template)
    arms = active(template).arms
    assert arms[0]["ad_id"] == best
    assert arms[0]["weight"] > 0.5
    assert sum(arm["weight"] for arm in arms) == pytest.approx(1)
    assert all(arm["low"] <= arm["rate"] <= arm["high"] for arm in arms)
    assert run.predicted["segments"]["0"]["rate"] > run.predicted["uniform_rate"]
    assert (run.inputs["impressions"], run.inputs["clicks"]) == (16_000, 560)
    assert {effect["asset"] for effect in run.effects} <= set(
        map(int, "-".join(ad_ids_of(template)).split("-"))
    )
    assert run.hypers
    assert run.pairs


def test_a_learning_row_says_how_it_stands(template):
    run = ask(template)
    learning = Learning.across_tenants.get(template=template)
    assert (learning.state, learning.last_run, learning.problem) == (LearningState.IDLE, run, "")
    assert learning.last_run_at == NOW
    assert learning.history.count() == 1


def test_every_segment_that_was_seen_gets_its_batch_in_one_step(template):
    seen, unseen = (SegmentFactory(tenant=template.tenant) for _ in range(2))
    first, second = ad_ids_of(template)[:2]
    show_all(template, 4000, first)
    show_all(template, 4000, second, segment_id=seen.pk)
    run = ask(template)
    assert set(run.batches.values_list("segment_id", flat=True)) == {None, seen.pk}
    assert active(template).arms[0]["ad_id"] == first
    assert active(template, seen.pk).arms[0]["ad_id"] == second
    assert len(set(run.batches.values_list("activated_at", flat=True))) == 1
    assert str(unseen.pk) not in run.predicted["segments"]


def test_nothing_new_is_nothing_to_do(template):
    show_all(template)
    ask(template)
    before = active(template)
    again = ask(template)
    assert again.state == RunState.SKIPPED
    assert "Nothing has changed" in again.problem
    assert active(template) == before
    assert ask(template, force=True).state == RunState.DONE
    assert active(template).version == before.version + 1


def test_the_same_counts_give_the_same_batch(template):
    show_all(template)
    first, second = (ask(template, force=True).batches.get().arms for _ in range(2))
    assert [arm["ad_id"] for arm in first] == [arm["ad_id"] for arm in second]
    assert [arm["high"] for arm in first] == pytest.approx([arm["high"] for arm in second])


def test_another_setting_is_something_new(template):
    show_all(template)
    ask(template)
    learning_of(template)
    Learning.across_tenants.update(q=2)
    assert ask(template).state == RunState.DONE
    assert len(active(template).arms) == 2


def test_after_a_roll_back_the_same_counts_are_learnt_from_again(template):
    activate_arms(
        template=template, segment_id=None, arms=[{"ad_id": ad_ids_of(template)[0], "weight": 1}]
    )
    show_all(template)
    run = ask(template)
    roll_back_run(run=run)
    assert [arm["weight"] for arm in active(template).arms] == [1]
    assert ask(template).state == RunState.DONE


def test_a_second_run_starts_from_the_hyper_parameters_of_the_first(template):
    show_all(template)
    run = ask(template)
    assert runs.warm(template, "tab") == run.hypers
    assert runs.warm(template, "botorch") is None


@pytest.mark.parametrize("goal", ["conversions", "value"])
def test_of_ads_that_are_clicked_alike_the_one_that_sells_is_best(template, goal):
    LearningFactory(template=template, goal=goal)
    show_all(template, 10_000)
    best = ad_ids_of(template)[3]
    for ad_id in ad_ids_of(template):
        for _ in range(40 if ad_id == best else 8):
            credited(template, ad_id, 1_000_000)
    run = ask(template)
    assert run.state == RunState.DONE, run.detail
    assert run.inputs["conversions"] == 64
    assert active(template).arms[0]["ad_id"] == best


# What bad input gets


@pytest.mark.parametrize(
    ("impressions", "clicks"), [(1, 0), (5000, 0), (5000, 5000), (10, 500), (10**9, 10**6)]
)
def test_odd_counts_still_give_a_batch(template, impressions, clicks):
    for ad_id in ad_ids_of(template):
        show(template, ad_id, impressions, clicks)
    run = ask(template)
    assert (run.state, run.detail) == (RunState.DONE, "")
    assert run.inputs["clipped"] == 4 * max(clicks - impressions, 0)
    assert sum(arm["weight"] for arm in active(template).arms) == pytest.approx(1)


def test_one_combination_is_nothing_to_learn():
    template = TemplateFactory(status="published", components={"headline": ("text", ["a"])})
    show(template, ad_ids_of(template)[0], 5000, 50)
    run = ask(template)
    assert run.state == RunState.SKIPPED
    assert "Only one combination" in run.problem
    assert not Batch.across_tenants.exists()


@pytest.mark.parametrize("components", [1, 12])
def test_a_template_of_one_or_of_twelve_components_is_learnt(components):
    made = {f"part_{n}": ("text", [f"{n}a", f"{n}b"]) for n in range(components)}
    template = TemplateFactory(status="published", components=made)
    assert ask(template).state == RunState.DONE
    for arm in active(template).arms:
        show(template, arm["ad_id"], 500, 10)
    assert ask(template).state == RunState.DONE


def test_traffic_of_combinations_that_nobody_knows_is_reported(template):
    show(template, "999991-999992", 123, 4)
    show(template, ad_ids_of(template)[0], 1000, 20)
    assert ask(template).inputs["ignored"] == 123


def test_a_value_that_is_deleted_while_it_serves_is_no_longer_proposed(template):
    show_all(template, best=ad_ids_of(template)[0])
    ask(template)
    gone = CreativeAsset.across_tenants.order_by("pk")[0]
    CreativeAsset.across_tenants.get(pk=gone.pk).delete()
    show_all(template, 100)
    run = ask(template)
    assert run.state == RunState.DONE
    assert run.inputs["ignored"] == 0
    assert not any(arm["ad_id"].startswith(f"{gone.pk}-") for arm in active(template).arms)


def test_a_banned_value_is_not_proposed(template):
    best = ad_ids_of(template)[0]
    show_all(template, 4000, best)
    ban_value(template=template, asset_id=int(best.split("-")[0]))
    ask(template)
    assert all(arm["ad_id"].split("-")[0] != best.split("-")[0] for arm in active(template).arms)


@pytest.mark.parametrize("components", [6, 9])
def test_a_million_and_a_billion_combinations_are_learnt(components):
    made = {f"part_{n}": ("text", [f"{n} {v}" for v in range(10)]) for n in range(components)}
    template = TemplateFactory(status="published", components=made)
    ask(template)
    rng = np.random.default_rng(1)
    for arm in active(template).arms:
        show(template, arm["ad_id"], 5000, int(rng.binomial(5000, 0.02)))
    run = ask(template)
    assert run.state == RunState.DONE, run.detail
    assert len(active(template).arms) >= 10


def test_a_horizon_moves_traffic_to_the_best_towards_its_end(template):
    best = ad_ids_of(template)[0]
    for ad_id in ad_ids_of(template):
        show(template, ad_id, 1000, 30 if ad_id == best else 25)
    ask(template)
    early = active(template).arms[0]["weight"]
    Learning.across_tenants.update(
        start_date=(NOW - timedelta(days=30)).date(), end_date=NOW.date()
    )
    ask(template)
    assert active(template).arms[0]["weight"] > early


def test_old_runs_keep_their_counts_but_no_effects(template):
    show_all(template)
    old = [
        RunFactory(template=template, effects=[{"asset": 1}], inputs={"clicks": n})
        for n in range(runs.WITH_EFFECTS)
    ]
    run = ask(template)
    assert run.effects
    old[0].refresh_from_db()
    old[1].refresh_from_db()
    assert (old[0].effects, old[0].inputs) == ([], {"clicks": 0})
    assert old[1].effects
