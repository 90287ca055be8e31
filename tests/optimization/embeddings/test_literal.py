"""Whole combinations: embedded on request, shard by shard, again only where texts changed."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from campaigns.models import CreativeAsset
from optimization.embeddings import shards
from optimization.embeddings.asked import all_columns
from optimization.embeddings.composition import composed
from optimization.embeddings.encoder import text_encoder
from optimization.embeddings.literal import embed_literally, space_of
from optimization.embeddings.shards import Folder
from tests.factories.templates import CombinationRuleFactory, TemplateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    monkeypatch.setattr(shards, "ROWS", 6)


def folder_of(template):
    return Folder(template.tenant_id, template.pk, text_encoder().model.revision)


def told(**options):
    out = StringIO()
    call_command("embed_combinations", json=True, stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_every_combination_is_embedded_once():
    template = TemplateFactory.create()
    steps = list(embed_literally(template))
    assert [(step.rows, step.embedded) for step in steps] == [(6, True), (6, True), (4, True)]
    kept = list(shards.read(folder_of(template)))
    assert [c for some, _ in kept for c in some] == list(space_of(template).valid())
    assert all(rows.shape == (len(some), 384) for some, rows in kept)


def test_a_rule_keeps_combinations_out():
    template = TemplateFactory.create()
    CombinationRuleFactory.create(template=template)
    assert sum(step.rows for step in embed_literally(template)) == 12


def test_a_run_that_was_stopped_goes_on():
    template = TemplateFactory.create()
    next(embed_literally(template))
    assert [step.embedded for step in embed_literally(template)] == [False, True, True]


def test_only_shards_of_changed_texts_are_made_again():
    template = TemplateFactory.create()
    list(embed_literally(template))
    last = CreativeAsset.across_tenants.filter(component__name="headline").order_by("pk")[1]
    CreativeAsset.across_tenants.filter(pk=last.pk).update(value="Walnut")
    assert [step.embedded for step in embed_literally(template)] == [False, True, True]


def test_a_smaller_cap_forgets_the_rest(object_store):
    template = TemplateFactory.create()
    list(embed_literally(template))
    assert sum(step.rows for step in embed_literally(template, 5)) == 5
    assert len(object_store.list_keys(folder_of(template).prefix)) == 2


def test_a_dry_run_keeps_nothing(object_store):
    template = TemplateFactory.create()
    assert all(step.embedded for step in embed_literally(template, dry_run=True))
    assert object_store.list_keys() == []


def test_a_damaged_shard_is_left_out(object_store):
    template = TemplateFactory.create()
    list(embed_literally(template))
    object_store.put(folder_of(template).shard(1).rows_key, b"damaged")
    assert len(list(shards.read(folder_of(template)))) == 2


def test_what_is_composed_is_near_what_was_embedded():
    template = TemplateFactory.create(
        components={
            "headline": ("text", ["Oak floors", "Cheap flights", "Winter sale", "New sofas"]),
            "photo": ("image", [f"https://cdn.example.com/{n}.jpg" for n in ("dog", "beach")]),
            "cta": ("text", ["Order a sample", "See it", "Book a visit", "Read more"]),
        }
    )
    list(embed_literally(template))
    (last,) = [line for line in told(template=template.pk, literal=True) if "r2" in line["facts"]]
    assert last["facts"]["r2"] > 0.8
    some, rows = next(shards.read(folder_of(template)))
    made = composed(template, some)
    assert made is not None
    assert (made * rows).sum(axis=1).min() > 0.97


def test_nothing_is_composed_before_it_was_learnt():
    template = TemplateFactory.create()
    combination = tuple(column[0] for column in all_columns(template))
    assert composed(template, [combination]) is None


def test_a_damaged_composition_counts_as_none(object_store):
    template = TemplateFactory.create()
    object_store.put(f"{folder_of(template).prefix}/composition.npz", b"damaged")
    assert composed(template, []) is None


def test_the_command_says_what_it_did():
    template = TemplateFactory.create(status="published")
    lines = told(literal=True, cap=10)
    assert [line["step"] for line in lines] == ["values", *["combinations"] * 2, "composition"]
    assert lines[0]["template"] == template.pk
    assert lines[0]["facts"]["embedded"] == 8
    assert told()[0]["facts"]["embedded"] == 0


def test_the_command_speaks_to_people():
    TemplateFactory.create(status="published")
    out = StringIO()
    call_command("embed_combinations", stdout=out)
    assert "values 8, embedded 8" in out.getvalue()


def test_an_account_sees_only_its_own_templates():
    one, _ = TemplateFactory.create(status="published"), TemplateFactory.create(status="published")
    assert [line["template"] for line in told(tenant=one.tenant_id)] == [one.pk]


@pytest.mark.parametrize("options", [{"template": 10**9}, {"tenant": 10**9}, {"cap": 0}])
def test_nonsense_is_refused_in_words(options):
    with pytest.raises(CommandError):
        call_command("embed_combinations", **options)


def test_a_template_of_which_nothing_may_serve_is_passed_over():
    template = TemplateFactory.create(status="published")
    CreativeAsset.across_tenants.filter(component__name="cta").update(is_active=False)
    lines = told(template=template.pk, literal=True)
    assert lines[-1]["step"] == "nothing"


def test_a_missing_model_stops_the_command_in_words(settings):
    settings.EMBEDDING_MODEL = "/nowhere"
    TemplateFactory.create(status="published")
    with pytest.raises(CommandError, match="no model in /nowhere"):
        call_command("embed_combinations")
