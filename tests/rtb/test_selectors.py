"""Rows in, values out; as many queries for many accounts as for one."""

import pytest

from adplatform.money import Micros
from rtb import selectors
from rtb.ad import Goal, Multiplier, PersonalData, Strategy
from rtb.guardrails import NOWHERE
from rtb.ssp import DealConfig, NoBidStyle
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


def test_an_ssp_has_its_active_deals():
    ssp = SspFactory(no_bid_style="nbr", blocked_sellers=["a.example/1"])
    DealFactory(ssp=ssp, deal_id="fixed", price_cents=250)
    DealFactory(ssp=ssp, deal_id="open")
    DealFactory(ssp=ssp, deal_id="over", is_active=False)
    DealFactory()
    found = next(each for each in selectors.ssps() if each.key == ssp.key)
    assert found.deals == {"fixed": DealConfig(Micros(2_500_000)), "open": DealConfig()}
    assert found.no_bid_style is NoBidStyle.NBR
    assert found.blocked_sellers == {"a.example/1"}
    assert (found.id, found.tenant_id) == (ssp.pk, ssp.tenant_id)


def test_a_paused_ssp_is_known_and_one_of_a_closed_account_is_not():
    paused = SspFactory(is_active=False)
    SspFactory(tenant=TenantFactory(is_active=False))
    assert [(each.id, each.is_active) for each in selectors.ssps()] == [(paused.pk, False)]


def test_a_strategy_has_its_deals_ssps_and_multipliers():
    item = LineItemFactory(pacing_mode="ACCELERATED")
    ssp = SspFactory(tenant=item.tenant)
    BidStrategyFactory(
        line_item=item,
        goal="CPC",
        goal_cents=40,
        max_bid_cents=900,
        ssps=[ssp],
        open_auction=False,
        is_shaded=False,
        multipliers=[{"dimension": "os", "value": "ios", "factor": 1.5}],
    )
    DealFactory(ssp=ssp, deal_id="ours", line_items=[item])
    DealFactory(ssp=ssp, deal_id="over", line_items=[item], is_active=False)
    DealFactory(ssp=ssp, deal_id="theirs")
    assert selectors.strategies() == {
        item.pk: Strategy(
            goal=Goal.CPC,
            goal_amount=Micros(400_000),
            max_bid=Micros(9_000_000),
            is_shaded=False,
            multipliers=(Multiplier("os", "ios", 1.5),),
            ssp_ids=frozenset({ssp.pk}),
            deals=frozenset({"ours"}),
            open_auction=False,
            paced=False,
        )
    }


def test_a_line_item_without_an_active_strategy_does_not_bid():
    LineItemFactory()
    BidStrategyFactory(is_active=False)
    assert selectors.strategies() == {}


def test_a_strategy_that_cannot_be_read_is_left_out():
    BidStrategyFactory(multipliers=[{"dimension": "weather", "value": "rain", "factor": 2}])
    assert selectors.strategies() == {}


def test_guardrails_hold_the_entries_of_their_lists():
    campaign = CampaignFactory()

    def listed(kind, *entries):
        return InventoryListFactory(tenant=campaign.tenant, kind=kind, entries=entries)

    GuardrailsFactory(
        campaign=campaign,
        line_item=None,
        allow_lists=[listed("domain", "a.example"), listed("domain", "b.example")],
        block_lists=[listed("category", "IAB25"), listed("keyword", "war"), listed("bundle", "x")],
        positions=[1, 3],
        personal_data="no_bid",
        max_hops=2,
    )
    found = selectors.guardrails()[f"c{campaign.pk}"]
    assert found.allow_domains == {"a.example", "b.example"}
    assert found.block_categories == {"IAB25"}
    assert found.block_keywords == {"war"}
    assert found.block_bundles == {"x"}
    assert found.positions == {1, 3}
    assert found.personal_data is PersonalData.NO_BID
    assert found.max_hops == 2


def test_an_allow_list_without_entries_allows_nothing():
    rails = GuardrailsFactory()
    rails.allow_lists.add(InventoryListFactory(tenant=rails.tenant, entries=[]))
    assert selectors.guardrails()[f"l{rails.line_item_id}"].allow_domains == {NOWHERE}


def queries_of(django_assert_num_queries, count):
    with django_assert_num_queries(count):
        selectors.ssps()
        selectors.strategies()
        selectors.guardrails()


def test_it_asks_as_often_for_many_as_for_few(django_assert_num_queries):
    queries_of(django_assert_num_queries, 9)
    for _ in range(3):
        strategy = BidStrategyFactory()
        deal = DealFactory(line_items=[])
        strategy.ssps.add(SspFactory(tenant=strategy.tenant))
        rails = GuardrailsFactory()
        rails.block_lists.add(InventoryListFactory(tenant=rails.tenant))
        assert deal.pk
    queries_of(django_assert_num_queries, 9)
