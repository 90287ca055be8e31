"""Embeddings of a template: only what changed is made again, and learning never fails for them."""

import numpy as np
import pytest

from campaigns.models import Component, CreativeAsset
from optimization.embeddings.encoder import ModelMissing, text_encoder
from optimization.embeddings.rows import load
from optimization.embeddings.sync import place_of, sync
from tests.factories.templates import CreativeAssetFactory, TemplateFactory

pytestmark = pytest.mark.django_db

LONG = "床 oak Eiche дуб बलूत " * 450


def columns_of(template):
    components = Component.across_tenants.filter(template=template).order_by("position", "id")
    return [
        list(CreativeAsset.across_tenants.filter(component=each).values_list("pk", flat=True))
        for each in components
    ]


def loaded(template, columns):
    return load(template.pk, columns)


def first_asset(template):
    return CreativeAsset.across_tenants.filter(component__template=template).order_by("pk")[0]


def test_the_first_run_embeds_every_value_and_the_next_none():
    template = TemplateFactory.create()
    assert sync(template).embedded == 8
    assert sync(template).embedded == 0


def test_a_dry_run_only_counts(object_store):
    assert sync(TemplateFactory.create(), dry_run=True).embedded == 8
    assert object_store.list_keys() == []


def test_only_a_changed_text_is_embedded_again():
    template = TemplateFactory.create()
    sync(template)
    before = loaded(template, columns_of(template))
    asset = first_asset(template)
    CreativeAsset.across_tenants.filter(pk=asset.pk).update(value="Something else entirely")
    assert sync(template).embedded == 1
    after = loaded(template, columns_of(template))
    assert not np.allclose(before[0][0], after[0][0], atol=0.05)
    assert np.array_equal(before[0][1], after[0][1])


def test_a_damaged_object_is_made_again(object_store):
    template = TemplateFactory.create()
    sync(template)
    object_store.put(place_of(template, text_encoder()).key("headline"), b"damaged")
    assert sync(template).embedded == 2


def test_rows_come_in_the_asked_order_with_unit_norm():
    template = TemplateFactory.create()
    columns = columns_of(template)
    straight = loaded(template, columns)
    turned = loaded(template, [column[::-1] for column in columns])
    assert np.array_equal(straight[0], turned[0][::-1])
    for rows in straight:
        assert rows.shape == (2, 384)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1)


def test_equal_texts_have_equal_rows_and_near_ones_are_near():
    values = ["Oak floors", "Oak floors", "Oak flooring", "Cheap flights"]
    template = TemplateFactory.create(components={"headline": ("text", values)})
    (rows,) = loaded(template, columns_of(template))
    assert np.allclose(rows[0], rows[1])
    assert rows[0] @ rows[2] > rows[0] @ rows[3] + 0.2


def test_texts_of_ten_thousand_characters_in_any_script_are_embedded():
    template = TemplateFactory.create(
        components={"headline": ("text", [LONG[:10_000], "مرحبا", "👋"])}
    )
    (rows,) = loaded(template, columns_of(template))
    assert rows.shape == (3, 384)
    assert np.isfinite(rows).all()


def test_a_deleted_value_keeps_its_embedding():
    template = TemplateFactory.create()
    columns = columns_of(template)
    before = loaded(template, columns)
    first_asset(template).delete()
    CreativeAssetFactory(component=template.components.order_by("position")[0])
    assert np.array_equal(loaded(template, columns)[0], before[0])


def test_a_value_that_nobody_embedded_stands_in_the_middle():
    template = TemplateFactory.create()
    columns = columns_of(template)
    columns[0] = [*columns[0], 10**9]
    rows = loaded(template, columns)[0]
    assert rows[2] @ rows[0] == pytest.approx(rows[2] @ rows[1], abs=1e-3)


def test_a_component_without_a_known_value_has_none():
    template = TemplateFactory.create()
    columns = columns_of(template)
    columns[1] = [10**9]
    assert loaded(template, columns)[1] is None


@pytest.mark.parametrize("store", ["", "file:///proc/nowhere", "ftp://nowhere"])
def test_learning_goes_on_without_an_object_store(settings, store):
    settings.OBJECT_STORE_URL = store
    template = TemplateFactory.create()
    assert loaded(template, columns_of(template)) == (None,) * 4


@pytest.mark.parametrize("model", ["", "/nowhere", "nobody/nothing", "not a name!"])
def test_learning_goes_on_without_a_model(settings, model):
    settings.EMBEDDING_MODEL = model
    template = TemplateFactory.create()
    assert loaded(template, columns_of(template)) == (None,) * 4


def test_a_template_that_is_gone_has_no_embeddings():
    assert load(10**9, [[1], [2]]) == (None, None)


@pytest.mark.parametrize(
    ("model", "advice"),
    [
        ("", "switched off"),
        ("/nowhere", "no model in /nowhere"),
        ("nobody/nothing", "hf download nobody/nothing"),
    ],
)
def test_a_missing_model_says_what_to_do(settings, model, advice):
    settings.EMBEDDING_MODEL = model
    with pytest.raises(ModelMissing, match=advice):
        sync(TemplateFactory.create())


def test_a_folder_with_broken_weights_is_no_model(settings, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    settings.EMBEDDING_MODEL = str(tmp_path)
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        sync(TemplateFactory.create())


def test_every_account_has_its_own_objects(object_store):
    one, other = TemplateFactory.create(), TemplateFactory.create()
    sync(one)
    sync(other)
    keys = object_store.list_keys(f"creatives/{one.tenant_id}/")
    assert len(keys) == 4
    assert all(key.startswith(f"creatives/{one.tenant_id}/{one.pk}/emb/") for key in keys)
