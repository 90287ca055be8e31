"""Every page asks tenants.roles what a role may do, and a role counts only in its own tenant."""

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from campaigns.models import AttributionRule, Campaign, Placement
from tenants.models import Tenant, TenantOwned
from tenants.roles import Action, Role, may
from tests.factories import CampaignFactory, MembershipFactory, TenantFactory, UserFactory
from tests.factories.world import build_world

pytestmark = pytest.mark.django_db
REGISTRY: dict[Any, Any] = dict(admin.site._registry)
PAGES = [model for model in REGISTRY if issubclass(model, (Tenant, TenantOwned))]
LABELS = [model._meta.label for model in PAGES]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def member(tenant, role, **fields):
    user = UserFactory(**fields)
    MembershipFactory(tenant=tenant, user=user, role=role)
    return user


def url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", PAGES, ids=LABELS)
def test_pages_open_as_the_role_allows(model, role):
    world = build_world("Mine")
    client, area = client_of(member(world.tenant, role)), REGISTRY[model].area
    sees = 200 if may(role, area, Action.VIEW) else 403
    full = model in {Tenant, AttributionRule}  # an account has one of each already
    adds = 200 if may(role, area, Action.ADD) and not full else 403
    assert client.get(url(model, "changelist")).status_code == sees
    assert client.get(url(model, "change", world.row(model).pk)).status_code == sees
    assert client.get(url(model, "history", world.row(model).pk)).status_code in {sees, 404}
    assert client.get(url(model, "add")).status_code == adds


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", PAGES, ids=LABELS)
def test_a_post_without_the_right_changes_nothing(model, role):
    world = build_world("Mine")
    user, area = member(world.tenant, role), REGISTRY[model].area
    before = world.rows()
    if not may(role, area, Action.CHANGE):
        answer = client_of(user).post(url(model, "change", world.row(model).pk), {"name": "x"})
        assert answer.status_code in {403, 404}
    if not may(role, area, Action.DELETE):
        answer = client_of(user).post(url(model, "delete", world.row(model).pk), {"post": "yes"})
        assert answer.status_code in {403, 404}
    if not may(role, area, Action.ADD):
        assert client_of(user).post(url(model, "add"), {"name": "x"}).status_code == 403
    assert world.rows() == before


@pytest.fixture
def two():
    """A user who manages one account and may only read another."""
    managed, read = TenantFactory(name="Managed"), TenantFactory(name="Read only")
    user = member(managed, Role.MANAGER)
    MembershipFactory(tenant=read, user=user, role=Role.ANALYST)
    return client_of(user), managed, read


def placement_data(tenant):
    return {"tenant": tenant.pk, "name": "New", "key": "new", "width": 300, "height": 250}


def test_a_new_row_goes_to_the_only_account_that_may_get_one(two):
    client, managed, _ = two
    client.post(url(Placement, "add"), {"name": "New", "key": "new", "width": 1, "height": 1})
    assert Placement.across_tenants.get().tenant == managed


def test_a_row_cannot_be_added_to_an_account_that_may_only_be_read(two):
    client, _, read = two
    client.post(url(Placement, "add"), placement_data(read))
    assert not Placement.across_tenants.filter(tenant=read).exists()


def test_a_manager_of_two_accounts_chooses_which_one_gets_the_row(two):
    client, managed, read = two
    user_id = client.session["_auth_user_id"]
    other = TenantFactory(name="Also managed")
    MembershipFactory(tenant=other, user_id=user_id, role=Role.MANAGER)
    missing = client.post(url(Placement, "add"), placement_data(managed) | {"tenant": ""})
    assert "This field is required" in missing.content.decode()
    client.post(url(Placement, "add"), placement_data(read))
    assert not Placement.across_tenants.exists()
    client.post(url(Placement, "add"), placement_data(other))
    assert Placement.across_tenants.get().tenant == other


def test_rows_of_an_account_that_may_only_be_read_do_not_change(two):
    client, _, read = two
    campaign = CampaignFactory(tenant=read, status="ACTIVE")
    answer = client.post(url(Campaign, "change", campaign.pk), {"name": "Hacked"})
    assert answer.status_code == 403
    for action in ("pause", "duplicate", "delete_selected"):
        data = {"action": action, "_selected_action": [campaign.pk], "post": "yes"}
        client.post(url(Campaign, "changelist"), data)
    assert client.post(url(Campaign, "duplicate_one", campaign.pk)).status_code == 403
    found = Campaign.across_tenants.get()
    assert (found.name, found.status) == (campaign.name, "ACTIVE")


def test_a_row_keeps_its_account(two):
    client, managed, _ = two
    user_id = client.session["_auth_user_id"]
    other = TenantFactory()
    MembershipFactory(tenant=other, user_id=user_id, role=Role.MANAGER)
    client.post(url(Placement, "add"), placement_data(managed))
    row = Placement.across_tenants.get()
    client.post(url(Placement, "change", row.pk), placement_data(other) | {"name": "Renamed"})
    row.refresh_from_db()
    assert (row.tenant, row.name) == (managed, "Renamed")


def test_two_rows_with_the_same_key_are_a_message_not_an_error(two):
    client, _, _ = two
    data = {"name": "New", "key": "new", "width": 1, "height": 1}
    client.post(url(Placement, "add"), data)
    again = client.post(url(Placement, "add"), data)
    assert "has a placement with this key already" in again.content.decode()
    assert Placement.across_tenants.count() == 1


def test_an_operator_sees_every_account():
    build_world("Mine")
    build_world("Other")
    text = client_of(UserFactory(is_superuser=True)).get(url(Campaign, "changelist")).content
    assert b"Mine campaign" in text
    assert b"Other campaign" in text
