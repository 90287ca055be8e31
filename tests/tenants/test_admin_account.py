"""Members, API keys and the account itself."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.keys import hash_of
from tenants.models import ApiKey, ForgetRequest, Membership, Tenant
from tenants.roles import Role
from tenants.selectors import event_retention, user_salts
from tests.campaigns.admin.pages import submit
from tests.factories import ApiKeyFactory, MembershipFactory, TenantFactory, UserFactory

pytestmark = pytest.mark.django_db
DAYS = {"user_salt_days": 90}
KEY = re.compile(r"adp_[0-9a-f]{8}_[\w-]{32}")


@pytest.fixture
def tenant():
    return TenantFactory(name="Nordic Floors")


@pytest.fixture
def client(tenant):
    owner = UserFactory(username="olga")
    MembershipFactory(tenant=tenant, user=owner, role=Role.OWNER)
    client = Client()
    client.force_login(owner)
    return client


def shown_key(answer):
    found = KEY.search(answer.content.decode())
    assert found is not None
    return found.group()


def new_key(client):
    data = {"name": "iOS app", "scopes": ["events", "decision"]}
    return client.post(reverse("admin:tenants_apikey_add"), data)


def test_a_new_key_is_shown_and_works(client, tenant):
    answer = new_key(client)
    text = shown_key(answer)
    row = ApiKey.across_tenants.get()
    assert row.hash == hash_of(text)
    assert (row.tenant, sorted(row.scopes)) == (tenant, ["decision", "events"])
    assert "no-store" in answer["Cache-Control"]


def test_a_key_is_shown_once(client):
    text = shown_key(new_key(client))
    row = ApiKey.across_tenants.get()
    secret = text.split("_", 2)[2]  # the secret itself may hold underscores
    pages = [
        reverse("admin:tenants_apikey_changelist"),
        reverse("admin:tenants_apikey_change", args=[row.pk]),
        reverse("admin:tenants_apikey_history", args=[row.pk]),
        reverse("admin:index"),
    ]
    for page in pages:
        body = client.get(page).content.decode()
        assert secret not in body
        assert row.hash not in body


def test_a_key_needs_a_scope(client):
    client.post(reverse("admin:tenants_apikey_add"), {"name": "iOS app"})
    assert not ApiKey.across_tenants.exists()


def test_a_posted_prefix_or_hash_is_ignored(client, tenant):
    key = ApiKeyFactory(tenant=tenant)
    data = {"name": "Renamed", "prefix": "aaaaaaaa", "hash": "b" * 64, "scopes": ["reports"]}
    before = key.scopes
    client.post(reverse("admin:tenants_apikey_change", args=[key.pk]), data)
    found = ApiKey.across_tenants.get()
    assert (found.name, found.prefix, found.hash) == ("Renamed", key.prefix, key.hash)
    assert found.scopes == before


def test_a_key_is_renamed_on_its_page(client, tenant):
    key = ApiKeyFactory(tenant=tenant)
    submit(client, reverse("admin:tenants_apikey_change", args=[key.pk]), name="Renamed")
    assert ApiKey.across_tenants.get().name == "Renamed"


def test_a_revoked_key_is_marked_and_kept(client, tenant):
    key = ApiKeyFactory(tenant=tenant)
    data = {"action": "revoke", "_selected_action": [key.pk]}
    page = client.post(reverse("admin:tenants_apikey_changelist"), data, follow=True)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert "Revoked" in page.content.decode()


def invite(client, person, role=Role.MANAGER):
    return client.post(reverse("admin:tenants_membership_add"), {"person": person, "role": role})


def test_a_new_member_gets_a_temporary_password_that_works(client, tenant):
    page = invite(client, "mark@example.com").content.decode()
    [password] = re.findall(r'<code id="secret"[^>]*>([^<]+)</code>', page)
    user = User.objects.get(username="mark@example.com")
    assert user.check_password(password)
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert Membership.across_tenants.get(user=user).role == Role.MANAGER


def test_somebody_who_has_a_login_is_added_with_it(client, tenant):
    mark = UserFactory(username="mark")
    invite(client, "MARK")
    assert Membership.across_tenants.filter(user=mark, tenant=tenant).exists()
    assert User.objects.count() == 2


def test_somebody_is_added_once(client):
    UserFactory(username="mark")
    invite(client, "mark")
    again = invite(client, "mark")
    assert "already a member" in again.content.decode()


def test_an_unknown_name_that_is_no_address_is_refused(client):
    assert "write an e-mail" in invite(client, "nobody").content.decode()
    assert User.objects.count() == 1


def test_the_last_owner_stays(client, tenant):
    membership = Membership.across_tenants.get()
    address = reverse("admin:tenants_membership_change", args=[membership.pk])
    assert "last owner" in client.post(address, {"role": Role.ANALYST}).content.decode()
    delete = reverse("admin:tenants_membership_delete", args=[membership.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Membership.across_tenants.get().role == Role.OWNER


def test_an_owner_keeps_events_for_less_time_than_the_platform(client, tenant, settings):
    settings.EVENTS_RAW_DAYS = 400
    data = {"name": "Nordic", "timezone": "UTC", "currency": "NOK", **DAYS}
    address = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    assert (
        "400 or less" in client.post(address, data | {"event_retention_days": 401}).content.decode()
    )
    assert event_retention() == {}
    client.post(address, data | {"event_retention_days": 30})
    assert event_retention() == {tenant.pk: 30}


def test_switching_hashing_on_makes_a_salt_at_once(client, tenant):
    data = {"name": "Nordic", "timezone": "UTC", "currency": "NOK", **DAYS}
    address = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    client.post(address, data)
    assert user_salts() == {}
    client.post(address, data | {"user_id_hashing": "on"})
    assert len(user_salts()[tenant.pk]) == 1
    client.post(address, data | {"user_id_hashing": "on"})
    assert len(user_salts()[tenant.pk]) == 1


def test_the_account_shows_its_deletions_and_nobody_elses(client, tenant):
    for each, by in ((tenant, "<b>olga"), (TenantFactory(), "foreigner")):
        ForgetRequest.across_tenants.create(
            tenant=each, user_hash="f00d", requested_by=by, requested_at=timezone.now(), events=12
        )
    address = reverse("admin:tenants_tenant_change", args=[tenant.pk])
    text = client.get(address).content.decode()
    assert "by &lt;b&gt;olga: 12 events, 0 credits, 0 counters; Open" in text
    assert "foreigner" not in text


def test_an_owner_sets_time_zone_and_currency_but_not_the_slug(client, tenant):
    data = {"name": "Nordic", "timezone": "Europe/Oslo", "currency": "NOK", "slug": "x", **DAYS}
    client.post(reverse("admin:tenants_tenant_change", args=[tenant.pk]), data)
    found = Tenant.across_tenants.get()
    assert (found.timezone, found.currency, found.slug) == ("Europe/Oslo", "NOK", tenant.slug)
    assert found.is_active


def test_an_operator_opens_an_account():
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    data = {"name": "New", "slug": "new", "timezone": "UTC", "currency": "EUR", "is_active": "on"}
    client.post(reverse("admin:tenants_tenant_add"), data | DAYS)
    assert Tenant.across_tenants.get().slug == "new"


@pytest.mark.django_db
def test_deleting_all_owners_at_once_is_refused(client):
    owner = MembershipFactory(role=Role.OWNER)
    other = MembershipFactory(tenant=owner.tenant, role=Role.OWNER)
    client.force_login(owner.user)
    answer = client.post(
        reverse("admin:tenants_membership_changelist"),
        {
            "action": "delete_selected",
            "_selected_action": [owner.pk, other.pk],
            "post": "yes",
        },
    )
    assert answer.status_code == 403
    assert Membership.across_tenants.filter(tenant=owner.tenant).count() == 2
