"""Names are text wherever they are shown: what a hostile member types never becomes markup."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from campaigns.models import (
    Campaign,
    Component,
    Creative,
    CreativeAsset,
    LineItem,
    Placement,
    Segment,
    Template,
)
from tenants.models import ApiKey, Tenant, TenantOwned
from tests.factories.world import build_world

pytestmark = pytest.mark.django_db
HOSTILE = """'"><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"""
REGISTRY: dict[Any, Any] = dict(admin.site._registry)
PAGES = [m for m in REGISTRY if issubclass(m, (Tenant, TenantOwned))]
NAMED = [Campaign, LineItem, Creative, Placement, Segment, Template, ApiKey]


@pytest.fixture
def world():
    world = build_world("Mine")
    for model in NAMED:
        row = world.row(model)
        row.name = HOSTILE
        row.save()
    for asset in CreativeAsset.across_tenants.filter(tenant=world.tenant):
        asset.label = asset.value = HOSTILE
        asset.save()
    Component.across_tenants.filter(tenant=world.tenant).update(limits={"hosts": [HOSTILE]})
    world.tenant.name = HOSTILE
    world.tenant.save()
    world.owner.username = HOSTILE[:150]
    world.owner.save()
    return world


@pytest.fixture
def client(world):
    client = Client()
    client.force_login(world.owner)
    return client


def check(answer):
    text = answer.content.decode()
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text
    assert not re.search(r"=\s*\"[^\"]*onerror=alert\(2\)>\{\{", text.replace("&gt;", "§"))
    return text


@pytest.mark.parametrize("model", PAGES, ids=[m._meta.label for m in PAGES])
def test_every_page_of_a_model_shows_names_as_text(model, world, client):
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = world.row(model)
    check(client.get(reverse(f"{prefix}_changelist")))
    check(client.get(reverse(f"{prefix}_changelist"), {"q": HOSTILE, "e": HOSTILE}))
    for page in ("change", "history", "delete"):
        answer = client.get(reverse(f"{prefix}_{page}", args=[row.pk]))
        if answer.status_code != 403:
            check(answer)
    history = getattr(row, "history", None)  # what was computed has none
    for version in history.all()[:1] if history else ():
        check(client.get(reverse(f"{prefix}_simple_history", args=[row.pk, version.pk])))
    for action in REGISTRY[model]._get_base_actions_detail():
        check(client.get(reverse(f"admin:{action.action_name}", args=[row.pk]), follow=True))


def test_pages_of_several_models_show_names_as_text(world, client):
    check(client.get(reverse("admin:index")))
    check(client.get(reverse("admin:results"), {"by": HOSTILE}))
    check(client.get(reverse("admin:bidding")))
    check(client.get(reverse("admin:bidding"), dict.fromkeys(("period", "ssp"), HOSTILE)))
    data = {"action": "delete_selected", "_selected_action": [world.row(Campaign).pk]}
    check(client.post(reverse("admin:campaigns_campaign_changelist"), data))
    for name, model in (("why", LineItem), ("preview", Template), ("tag", Template)):
        check(client.get(reverse(f"admin:{name}", args=[world.row(model).pk]), {"facts": HOSTILE}))


def test_messages_show_names_as_text(world, client):
    address = reverse("admin:campaigns_campaign_duplicate_one", args=[world.row(Campaign).pk])
    check(client.post(address, follow=True))
    data = {"name": HOSTILE, "scopes": ["reports"]}
    check(client.post(reverse("admin:tenants_apikey_add"), data))
