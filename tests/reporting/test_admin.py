"""Members look at the runs of their account's attribution."""

import pytest
from django.test import Client
from django.urls import reverse

from tenants.roles import Role
from tests.factories import AttributionRuleFactory, AttributionRunFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return AttributionRunFactory(conversions=4711, error="ClickHouse does not answer")


@pytest.fixture
def client(run):
    client = Client()
    client.force_login(MembershipFactory(tenant=run.tenant, role=Role.MANAGER).user)
    return client


def test_a_run_shows_what_it_did_and_what_went_wrong(client, run):
    page = client.get(reverse("admin:reporting_attributionrun_change", args=[run.pk]))
    assert "4711" in page.content.decode()
    assert "ClickHouse does not answer" in page.content.decode()


@pytest.mark.parametrize("page", ["change", "delete"])
def test_nobody_edits_or_deletes_a_run(client, run, page):
    address = reverse(f"admin:reporting_attributionrun_{page}", args=[run.pk])
    assert client.post(address, {"post": "yes", "conversions": 1}).status_code == 403
    run.refresh_from_db()
    assert run.conversions == 4711


def test_the_rule_page_explains_every_model(client):
    text = client.get(reverse("admin:campaigns_attributionrule_add")).content.decode()
    assert "40 % to the first touch" in text
    assert "half as much as one 7 days after it" in text


def test_an_account_has_one_rule(client, run):
    rules = reverse("admin:campaigns_attributionrule_changelist")
    add = reverse("admin:campaigns_attributionrule_add")
    assert f'href="{add}' in client.get(rules).content.decode()
    AttributionRuleFactory(tenant=run.tenant)
    assert f'href="{add}' not in client.get(rules).content.decode()
    assert client.get(add).status_code == 403


def test_an_empty_list_that_is_read_only_offers_nothing(client, run):
    run.delete()
    text = client.get(reverse("admin:reporting_attributionrun_changelist")).content.decode()
    assert "There are no attribution runs yet." in text
    assert reverse("admin:reporting_attributionrun_changelist") + "add" not in text
