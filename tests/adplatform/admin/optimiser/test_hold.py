"""What a marketer may do on the optimiser's pages: asked first, refused to who may only look."""

import pytest
from django.urls import reverse

from adplatform.admin.optimiser import hold
from adplatform.admin.optimiser.hold import HOLDS
from adplatform.celery import QueueAway
from optimization.models import Batch, BatchSource, Learning
from optimization.space import format_ad_id
from tenants.roles import Role
from tests.campaigns.admin.pages import client_of, text_of
from tests.factories import (
    BatchFactory,
    LearningFactory,
    RunFactory,
    TemplateFactory,
    first_combination,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def template():
    return TemplateFactory(status="published")


@pytest.fixture
def client(template):
    return client_of(template.tenant)


def address(template, what, **asked):
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return f"{reverse('admin:optimiser_hold', args=[template.pk, what])}?{query}"


def do(client, template, what, **asked):
    """Asked, then done; the page that follows."""
    assert client.get(address(template, what, **asked)).status_code == 200
    answer = client.post(address(template, what, **asked), follow=True)
    return text_of(answer)


def ad_id(template):
    return format_ad_id(first_combination(template))


def test_looking_at_the_question_changes_nothing(client, template):
    client.get(address(template, "pause"))
    assert not Learning.across_tenants.exists()


def test_pause_and_resume(event_store, client, template):
    assert "Learning is paused" in do(client, template, "pause")
    assert Learning.across_tenants.get().is_paused
    do(client, template, "resume")
    assert not Learning.across_tenants.get().is_paused


def test_a_run_that_the_queue_does_not_take_is_said(event_store, client, template, monkeypatch):
    def away(*_):
        raise QueueAway("silent")

    monkeypatch.setattr(hold, "send", away)
    assert "The queue of background work does not answer" in do(client, template, "retrain")


def test_a_combination_is_pinned_banned_and_let_go(event_store, client, template):
    asked = {"ad_id": ad_id(template)}
    do(client, template, "pin", **asked)
    assert Learning.across_tenants.get().pinned == [ad_id(template)]
    do(client, template, "ban", **asked)
    learning = Learning.across_tenants.get()
    assert (learning.pinned, learning.banned) == ([], [ad_id(template)])
    do(client, template, "unban", **asked)
    assert Learning.across_tenants.get().banned == []


def test_a_value_is_pinned_banned_and_let_go(event_store, client, template):
    asset = first_combination(template)[0]
    do(client, template, "pin-value", value=asset)
    assert Learning.across_tenants.get().pinned_assets == [asset]
    do(client, template, "ban-value", value=asset)
    assert Learning.across_tenants.get().banned_assets == [asset]
    do(client, template, "unban-value", value=asset)
    assert Learning.across_tenants.get().banned_assets == []


def test_a_ban_that_would_leave_nothing_is_refused(event_store, client):
    template = TemplateFactory(components={"headline": ("text", ["Oak"])})
    client = client_of(template.tenant)
    said = do(client, template, "ban-value", value=first_combination(template)[0])
    assert "Nothing would be left to show" in said
    assert not any(row.banned_assets for row in Learning.across_tenants.all())


def test_an_earlier_version_serves_again(event_store, client, template):
    before = BatchFactory(template=template)
    BatchFactory(template=template, version=2, is_active=True)
    do(client, template, "go-back", batch=before.pk)
    now = Batch.across_tenants.get(is_active=True)
    assert (now.arms, now.version, now.source) == (before.arms, 3, BatchSource.ROLLBACK)


def test_a_run_that_changed_nothing_cannot_be_taken_back(event_store, client, template):
    run = RunFactory(template=template)
    assert "nothing to take back" in do(client, template, "undo-run", run=run.pk)


def test_learning_now_is_handed_to_a_worker(event_store, client, template, settings):
    assert "A run was asked for" in do(client, template, "retrain")


@pytest.mark.parametrize("what", HOLDS)
def test_who_may_only_look_is_refused(template, what):
    analyst = client_of(template.tenant, Role.ANALYST)
    asset = first_combination(template)[0]
    asked = {"ad_id": ad_id(template), "value": asset, "batch": 1, "run": 1}
    assert analyst.post(address(template, what, **asked)).status_code == 403
    assert not Learning.across_tenants.exists()


@pytest.mark.parametrize(
    ("what", "asked"),
    [
        ("pin", {"ad_id": "x"}),
        ("ban-value", {"value": "9" * 30}),
        ("go-back", {"batch": "x"}),
        ("undo-run", {}),
        ("explode", {}),
    ],
)
def test_what_is_not_there_is_not_found(client, template, what, asked):
    assert client.get(address(template, what, **asked)).status_code == 404


def test_rows_of_another_template_are_not_found(client, template):
    other = TemplateFactory(campaign=template.campaign)
    LearningFactory(template=other)
    asked = {
        "go-back": {"batch": BatchFactory(template=other).pk},
        "undo-run": {"run": RunFactory(template=other).pk},
        "ban-value": {"value": first_combination(other)[0]},
    }
    for what, query in asked.items():
        assert client.post(address(template, what, **query)).status_code == 404
    said = client.post(address(template, "ban", ad_id=ad_id(other)), follow=True)
    assert "is no combination of this template" in text_of(said)
