"""What may be configured for exchanges, and what the database itself refuses."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from rtb.models import InventoryList
from tests.factories import (
    BidStrategyFactory,
    CampaignFactory,
    DealFactory,
    GuardrailsFactory,
    InventoryListFactory,
    LineItemFactory,
    SspFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db


def errors_of(row):
    try:
        row.full_clean()
    except ValidationError as exc:
        return exc.message_dict
    return {}


@pytest.mark.parametrize("key", ["Acme", "a b", "a/b", "ä", ""])
def test_an_ssps_key_is_a_part_of_an_address(key):
    assert "key" in errors_of(SspFactory.build(tenant=TenantFactory(), key=key))


def test_an_ssps_key_is_taken_once_over_all_accounts():
    SspFactory(key="acme")
    assert "key" in errors_of(SspFactory.build(tenant=TenantFactory(), key="acme"))


def test_blocked_sellers_are_kept_in_one_spelling():
    ssp = SspFactory.build(
        tenant=TenantFactory(), blocked_sellers=["Seller.Example/Pub-1", "seller.example/Pub-1"]
    )
    assert errors_of(ssp) == {}
    assert ssp.blocked_sellers == ["seller.example/Pub-1"]


def test_a_blocked_seller_that_is_no_system_is_refused():
    ssp = SspFactory.build(tenant=TenantFactory(), blocked_sellers=["seller"])
    assert "blocked_sellers" in errors_of(ssp)


def test_a_deal_is_known_once_to_an_ssp():
    deal = DealFactory()
    assert errors_of(DealFactory.build(ssp=deal.ssp, tenant=deal.tenant, deal_id=deal.deal_id))
    other = SspFactory(tenant=deal.tenant)
    assert not errors_of(DealFactory.build(ssp=other, tenant=deal.tenant, deal_id=deal.deal_id))


def test_a_deal_costs_something_or_says_nothing():
    deal = DealFactory()
    deal.price_cents = 0
    assert "price_cents" in errors_of(deal)


def test_a_list_keeps_each_domain_once_without_www():
    listed = InventoryListFactory.build(
        tenant=TenantFactory(), entries=["https://WWW.News.example/a", "news.example", "b.example"]
    )
    assert errors_of(listed) == {}
    assert listed.entries == ["news.example", "b.example"]


@pytest.mark.parametrize(
    ("kind", "entry"),
    [("domain", "news"), ("category", "SPORTS"), ("keyword", "two words"), ("bundle", "a b")],
)
def test_an_entry_of_another_kind_is_named(kind, entry):
    listed = InventoryListFactory.build(tenant=TenantFactory(), kind=kind, entries=[entry])
    assert entry in errors_of(listed)["entries"][0]


def test_guardrails_have_one_owner():
    rails = GuardrailsFactory()
    rails.campaign = CampaignFactory(tenant=rails.tenant)
    assert errors_of(rails)
    with pytest.raises(IntegrityError), transaction.atomic():
        rails.save()


def test_a_line_item_has_guardrails_once():
    rails = GuardrailsFactory()
    assert "line_item" in errors_of(
        GuardrailsFactory.build(line_item=rails.line_item, tenant=rails.tenant)
    )


@pytest.mark.parametrize("goal", ["CPC", "CPA"])
def test_a_goal_needs_its_worth(goal):
    strategy = BidStrategyFactory()
    strategy.goal = goal
    assert "goal_cents" in errors_of(strategy)
    strategy.goal_cents = 40
    assert errors_of(strategy) == {}


def test_multipliers_are_kept_in_one_spelling():
    strategy = BidStrategyFactory()
    strategy.multipliers = [{"dimension": "country", "value": "ca", "factor": 2}]
    assert errors_of(strategy) == {}
    assert strategy.multipliers == [{"dimension": "country", "value": "CA", "factor": 2.0}]


@pytest.mark.parametrize(
    ("dimension", "value", "factor"),
    [("weather", "rain", 1), ("country", "Canada", 1), ("size", "big", 1), ("os", "ios", 0)],
)
def test_a_multiplier_that_means_nothing_is_refused(dimension, value, factor):
    strategy = BidStrategyFactory()
    strategy.multipliers = [{"dimension": dimension, "value": value, "factor": factor}]
    assert "Number 1" in errors_of(strategy)["multipliers"][0]


LINKS = [
    (lambda: DealFactory().line_items, LineItemFactory),
    (lambda: GuardrailsFactory().allow_lists, InventoryListFactory),
    (lambda: GuardrailsFactory().block_lists, InventoryListFactory),
    (lambda: BidStrategyFactory().ssps, SspFactory),
]


@pytest.mark.parametrize(("links", "factory"), LINKS)
def test_the_database_refuses_a_link_to_another_accounts_row(links, factory):
    found = links()
    with pytest.raises(IntegrityError, match="two tenants"), transaction.atomic():
        found.add(factory())
    assert found.count() == 0


def test_an_account_takes_its_exchanges_with_it():
    deal = DealFactory()
    InventoryListFactory(tenant=deal.tenant)
    GuardrailsFactory(line_item=LineItemFactory(campaign__tenant=deal.tenant, placement=None))
    deal.tenant.delete()
    assert not InventoryList.across_tenants.exists()
