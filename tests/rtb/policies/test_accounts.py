"""The accounts' policies as the bidder asks them, from the database to an ad that is denied."""

from datetime import UTC, datetime
from random import Random

import pytest

from adserving.compile import compile_snapshot
from rtb.compile import compile_books
from rtb.models import Policy, PolicyDecision
from rtb.policies.accounts import Accounts
from rtb.reasons import NoBid
from tests.factories import (
    BidStrategyFactory,
    CreativeFactory,
    LineItemFactory,
    PolicyFactory,
    SspFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return TenantFactory()


@pytest.fixture
def creative(tenant):
    SspFactory(tenant=tenant)
    item = LineItemFactory(campaign__tenant=tenant, bid_cents=2500)
    BidStrategyFactory(line_item=item)
    return CreativeFactory(
        line_item=item, adomain="acme.example", landing_url="https://acme.example/"
    )


def left_out(creative, accounts=None):
    """Why the ad is kept from every auction: reasons and details."""
    snapshot = compile_snapshot(datetime.now(UTC))
    books = compile_books(snapshot, accounts or Accounts(), Random(1)).books
    out = books[creative.tenant_id].left_out.get(creative.line_item_id, ())
    return [(each.reason, each.detail) for each in out]


def decisions(tenant):
    rows = PolicyDecision.objects.for_tenant(tenant.pk).order_by("pk")
    return [(row.policy, row.decision) for row in rows]


def test_a_policy_keeps_the_ad_out_and_the_audit_says_so(tenant, creative):
    PolicyFactory(tenant=tenant, name="dear")
    denied = [(NoBid.POLICY, "dear: too dear")]
    accounts = Accounts()
    assert left_out(creative, accounts) == denied
    assert left_out(creative, accounts) == denied
    assert left_out(creative, Accounts()) == denied
    assert decisions(tenant) == [("dear", "deny")]


def test_switching_it_off_lets_the_ad_in_again(tenant, creative):
    policy = PolicyFactory(tenant=tenant, name="dear")
    accounts = Accounts()
    left_out(creative, accounts)
    policy.is_active = False
    policy.save()
    assert left_out(creative, accounts) == []
    assert decisions(tenant) == [("dear", "deny"), ("dear", "allow")]


def test_a_source_that_came_past_the_admin_denies(tenant, creative):
    policy = PolicyFactory(tenant=tenant, name="smuggled")
    Policy.objects.for_tenant(tenant.pk).update(source="package guardrails\n")
    ((reason, detail),) = left_out(creative)
    assert reason is NoBid.POLICY
    assert detail.startswith("smuggled: was not saved through the admin")
    assert not Policy.across_tenants.get(pk=policy.pk).is_tried


def test_the_platforms_policies_apply_to_everyone(creative):
    creative.landing_url = "http://acme.example/"
    creative.save()
    ((_, detail),) = left_out(creative)
    assert detail == "platform/landing_page: the landing page http://acme.example/ is not https"


def test_another_accounts_policy_does_not(creative):
    PolicyFactory(name="dear")
    assert left_out(creative) == []


def test_an_account_has_the_platforms_set_before_anything_was_loaded():
    assert Accounts().of(1).version == Accounts().of(2).version
