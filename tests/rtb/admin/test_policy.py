"""Policies in the admin: tried when saved, with the problem as a form error, and previewed."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse

from rtb.models import Policy
from tenants.roles import Role
from tests.factories import (
    BidStrategyFactory,
    CreativeFactory,
    LineItemFactory,
    MembershipFactory,
    PolicyFactory,
    SspFactory,
    TenantFactory,
    UserFactory,
)
from tests.factories.rtb import POLICY

pytestmark = pytest.mark.django_db
ADD = reverse("admin:rtb_policy_add")


@pytest.fixture
def tenant():
    return TenantFactory(slug="acme")


@pytest.fixture
def client(tenant):
    user = UserFactory()
    MembershipFactory(tenant=tenant, user=user, role=Role.MANAGER)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dear_ad(tenant):
    """An ad of 25 CPM that could bid."""
    SspFactory(tenant=tenant)
    item = LineItemFactory(campaign__tenant=tenant, name="Dear line item", bid_cents=2500)
    BidStrategyFactory(line_item=item)
    return CreativeFactory(
        line_item=item, adomain="acme.example", landing_url="https://acme.example/"
    )


def save(client, source, **fields):
    return client.post(ADD, {"name": "dear", "is_active": "on", "source": source, **fields})


def test_it_is_saved_with_its_version_and_the_tests_that_passed(client, tenant):
    assert save(client, POLICY).status_code == 302
    policy = Policy.objects.for_tenant(tenant.pk).get()
    assert policy.is_tried
    assert policy.checks == [{"name": "test_twenty_is_allowed", "passed": True}]
    page = client.get(reverse("admin:rtb_policy_change", args=[policy.pk])).content.decode()
    assert "✓ twenty is allowed" in page


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("package guardrails\n\ndeny_configuration contains", "Line 3: "),
        ("package other\n", "Line 1: The first line must be: package guardrails"),
        (POLICY.replace("> 20", "> 10"), "The test test_twenty_is_allowed fails"),
        ("package guardrails\nx := 1", "A policy needs a rule called deny_configuration"),
        ("package guardrails\ndeny_request contains http.send({})", "no function http.send"),
        ("package guardrails\nf(x) := f(x)\ndeny_request contains f(1)", "f refers to itself"),
        (POLICY + "\ndeny_request contains 1/0 if true", "divide by zero"),
    ],
)
def test_a_problem_is_a_form_error_and_nothing_is_saved(client, tenant, source, said):
    answer = save(client, source)
    assert answer.status_code == 200
    assert said in answer.context["adminform"].form.errors["source"][0]
    assert not Policy.objects.for_tenant(tenant.pk).exists()


def test_a_name_with_a_slash_could_pass_for_the_platforms(client, tenant):
    save(client, POLICY, name="platform/age")
    assert not Policy.objects.for_tenant(tenant.pk).exists()


def test_the_preview_names_the_ads_also_while_the_policy_is_off(client, tenant, dear_ad):
    policy = PolicyFactory(tenant=tenant, is_active=False)
    page = client.get(reverse("admin:rtb_policy_preview", args=[policy.pk])).content.decode()
    assert "Dear line item" in page
    assert "too dear" in page
    assert "once it is switched on" in page


def test_the_preview_of_an_untried_policy_says_so(client, tenant, dear_ad):
    policy = PolicyFactory(tenant=tenant, version="")
    page = client.get(reverse("admin:rtb_policy_preview", args=[policy.pk])).content.decode()
    assert "never tried" in page
    assert "Dear line item" not in page


def test_decisions_can_be_read_and_not_written(client, tenant):
    assert client.get(reverse("admin:rtb_policydecision_changelist")).status_code == 200
    assert client.get(reverse("admin:rtb_policydecision_add")).status_code == 403


def test_check_policies_runs_the_tests_and_names_the_denied_ads(capsys, tenant, dear_ad):
    PolicyFactory(tenant=tenant, name="dear")
    call_command("check_policies", tenant="acme")
    said = capsys.readouterr().out
    assert "ok   platform/age: " in said
    assert "ok   acme/dear: 1 tests pass" in said
    assert "acme: 1 of 1 ads are denied" in said
    assert f"creative {dear_ad.pk}: dear: too dear" in said


def test_check_policies_fails_where_a_test_does(tenant):
    PolicyFactory(tenant=tenant, source=POLICY.replace("> 20", "> 10"))
    with pytest.raises(CommandError, match="1 of 6 policies fail"):
        call_command("check_policies", tenant="acme")
    with pytest.raises(CommandError, match="no active account"):
        call_command("check_policies", tenant="nobody")
