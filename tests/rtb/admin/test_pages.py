"""Setting up exchanges in the admin: pages load, keep what is typed and say what is wrong."""

import pytest

from campaigns.models import Campaign, LineItem
from rtb.models import BidStrategy, Deal, Guardrails, InventoryList, Ssp
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, fields_of, submit, text_of
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


@pytest.fixture
def tenant():
    return TenantFactory(currency="CAD")


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def item(tenant):
    return LineItemFactory(campaign__tenant=tenant, name="Sofas")


def page_of(row):
    return address(type(row), "change", row.pk)


def strategy_of(**changes):
    names = {"bid_strategy-TOTAL_FORMS": "1", "bid_strategy-0-goal": "CPM"}
    return names | {f"bid_strategy-0-{name}": value for name, value in changes.items()}


def rails_of(**changes):
    names = {"guardrails-TOTAL_FORMS": "1", "guardrails-0-personal_data": "contextual"}
    names |= {"guardrails-0-max_hops": "0"}
    return names | {f"guardrails-0-{name}": value for name, value in changes.items()}


class TestSsps:
    def test_an_ssp_is_made_and_its_address_shown(self, client, tenant, settings):
        settings.BASE_URL = "https://ads.example"
        sellers = "Seller.example/1, other.example"
        data = {"name": "Acme", "key": "acme", "blocked_sellers": sellers}
        submit(client, address(Ssp, "add"), **data)
        ssp = Ssp.across_tenants.get()
        assert ssp.tenant == tenant
        assert ssp.blocked_sellers == ["seller.example/1", "other.example"]
        assert "https://ads.example/rtb/bid/acme" in text_of(client.get(page_of(ssp)))

    def test_a_key_of_another_account_is_taken(self, client):
        SspFactory(key="acme")
        answer = submit(client, address(Ssp, "add"), name="Acme", key="acme")
        assert "This key is taken" in text_of(answer)

    def test_it_is_paused_from_the_list(self, client, tenant):
        ssp = SspFactory(tenant=tenant)
        client.post(address(Ssp, "changelist"), {"action": "pause", "_selected_action": [ssp.pk]})
        ssp.refresh_from_db()
        assert not ssp.is_active
        assert ssp.history.first().is_active is False

    def test_one_that_a_line_item_is_limited_to_stays(self, client, item):
        ssp = SspFactory(tenant=item.tenant)
        BidStrategyFactory(line_item=item, ssps=[ssp])
        client.post(address(Ssp, "delete", ssp.pk), {"post": "yes"})
        data = {"action": "delete_selected", "_selected_action": [ssp.pk], "post": "yes"}
        client.post(address(Ssp, "changelist"), data)
        assert Ssp.across_tenants.filter(pk=ssp.pk).exists()

    def test_one_that_nothing_names_goes(self, client, tenant):
        ssp = SspFactory(tenant=tenant)
        client.post(address(Ssp, "delete", ssp.pk), {"post": "yes"})
        assert not Ssp.across_tenants.exists()


class TestDeals:
    def test_a_deal_is_made_for_line_items(self, client, item):
        ssp = SspFactory(tenant=item.tenant)
        data = {"ssp": ssp.pk, "deal_id": " D-1 ", "name": "Home page", "price_cents": "7.50"}
        submit(client, address(Deal, "add"), **data, line_items=[item.pk])
        deal = Deal.across_tenants.get()
        assert (deal.tenant, deal.deal_id, deal.price_cents) == (item.tenant, "D-1", 750)
        assert list(deal.line_items.all()) == [item]

    def test_saving_it_as_it_is_changes_nothing(self, client, item):
        deal = DealFactory(ssp__tenant=item.tenant, price_cents=750, line_items=[item])
        assert "changed successfully" in text_of(submit(client, page_of(deal)))
        deal.refresh_from_db()
        assert deal.price_cents == 750
        assert list(deal.line_items.all()) == [item]

    def test_another_accounts_line_item_is_refused(self, client, tenant):
        deal = DealFactory(ssp__tenant=tenant)
        answer = submit(client, page_of(deal), line_items=[LineItemFactory().pk])
        assert "line_items" in answer.context["adminform"].form.errors
        assert not deal.line_items.exists()


class TestInventoryLists:
    def test_entries_are_pasted_and_counted(self, client):
        pasted = "https://www.News.example/x, blog.example\n\nnews.example"
        submit(client, address(InventoryList, "add"), name="Good", kind="domain", entries=pasted)
        assert InventoryList.across_tenants.get().entries == ["news.example", "blog.example"]
        assert ">2<" in text_of(client.get(address(InventoryList, "changelist")))

    def test_what_is_no_entry_is_named(self, client):
        data = {"name": "Bad", "kind": "category", "entries": "IAB25\nsports"}
        answer = submit(client, address(InventoryList, "add"), **data)
        assert "SPORTS" in text_of(answer)
        assert not InventoryList.across_tenants.exists()

    def test_saving_it_as_it_is_changes_nothing(self, client, tenant):
        listed = InventoryListFactory(tenant=tenant, entries=["a.example", "b.example"])
        submit(client, page_of(listed))
        listed.refresh_from_db()
        assert listed.entries == ["a.example", "b.example"]

    @pytest.mark.parametrize("field", ["allow_lists", "block_lists"])
    def test_one_that_guardrails_name_stays(self, client, item, field):
        listed = InventoryListFactory(tenant=item.tenant)
        GuardrailsFactory(line_item=item, **{field: [listed]})
        answer = client.post(address(InventoryList, "delete", listed.pk), {"post": "yes"})
        assert InventoryList.across_tenants.filter(pk=listed.pk).exists()
        assert "Guardrails of Sofas" in text_of(answer)


class TestBidding:
    def test_a_line_item_starts_to_bid(self, client, item):
        ssp = SspFactory(tenant=item.tenant)
        typed = strategy_of(
            is_active="on",
            goal="CPC",
            goal_cents="0.40",
            max_bid_cents="9",
            ssps=[ssp.pk],
            multipliers="device_type phone 1.2\nsize 300x600 x1.5",
        )
        submit(client, page_of(item), **typed)
        made = BidStrategy.across_tenants.get()
        assert (made.tenant, made.line_item) == (item.tenant, item)
        assert (made.goal_cents, made.max_bid_cents) == (40, 900)
        assert list(made.ssps.all()) == [ssp]
        assert made.multipliers == [
            {"dimension": "device_type", "value": "mobile", "factor": 1.2},
            {"dimension": "size", "value": "300x600", "factor": 1.5},
        ]

    @pytest.mark.parametrize(
        ("field", "value"),
        [("multipliers", "mobile"), ("multipliers", "os ios 99"), ("goal_cents", "0")],
    )
    def test_what_makes_no_sense_is_said_at_its_field(self, client, item, field, value):
        answer = submit(client, page_of(item), **strategy_of(**{"goal": "CPA", field: value}))
        errors = [inline.formset.errors for inline in answer.context["inline_admin_formsets"]]
        assert any(field in form for forms in errors for form in forms)
        assert not BidStrategy.across_tenants.exists()

    def test_one_switch_is_enough(self, client, item):
        assert "changed successfully" in text_of(submit(client, page_of(item)))
        assert not BidStrategy.across_tenants.exists()
        submit(client, page_of(item), **{"bid_strategy-0-is_active": "on"})
        assert BidStrategy.across_tenants.get().is_active

    def test_saving_it_as_it_is_changes_nothing(self, client, item):
        factor = [{"dimension": "domain", "value": "news.example", "factor": 0.5}]
        BidStrategyFactory(
            line_item=item, goal="CPA", goal_cents=2_500, is_shaded=False, multipliers=factor
        )
        GuardrailsFactory(line_item=item, positions=[1, 7], max_hops=2, allow_rewarded=False)
        before = [model.across_tenants.values().get() for model in (BidStrategy, Guardrails)]
        assert "changed successfully" in text_of(submit(client, page_of(item)))
        after = [model.across_tenants.values().get() for model in (BidStrategy, Guardrails)]
        assert after == before

    def test_a_line_item_needs_no_placement(self, client, item):
        submit(client, page_of(item), placement="")
        item.refresh_from_db()
        assert item.placement is None
        assert "exchanges only" in text_of(client.get(address(LineItem, "changelist")))
        assert "exchanges only" in text_of(client.get(f"/admin/campaigns/lineitem/{item.pk}/why/"))


class TestGuardrails:
    def test_a_campaign_gets_its_own(self, client, tenant):
        campaign = CampaignFactory(tenant=tenant)
        listed = InventoryListFactory(tenant=tenant)
        submit(client, page_of(campaign), **rails_of(block_lists=[listed.pk], positions=["1"]))
        made = Guardrails.across_tenants.get()
        assert (made.tenant, made.campaign, made.positions) == (tenant, campaign, [1])
        assert list(made.block_lists.all()) == [listed]

    def test_a_new_campaign_may_bring_them(self, client):
        dates = {"start_at_0": "2027-09-01", "end_at_0": "2027-10-01"}
        times = {"start_at_1": "00:00:00", "end_at_1": "00:00:00"}
        rails = rails_of(complete_chain="on")
        submit(client, address(Campaign, "add"), name="New", **dates, **times, **rails)
        assert Guardrails.across_tenants.get().campaign == Campaign.across_tenants.get()

    def test_another_accounts_list_is_refused(self, client, item):
        foreign = InventoryListFactory()
        submit(client, page_of(item), **rails_of(block_lists=[foreign.pk]))
        assert not Guardrails.across_tenants.exists()

    def test_words_and_categories_can_only_be_blocked(self, client, item):
        words = InventoryListFactory(tenant=item.tenant, kind="keyword", entries=["war"])
        submit(client, page_of(item), **rails_of(allow_lists=[words.pk]))
        assert not Guardrails.across_tenants.exists()
        submit(client, page_of(item), **rails_of(block_lists=[words.pk]))
        assert Guardrails.across_tenants.exists()


def test_a_duplicated_campaign_keeps_its_exchange_settings(client, item):
    listed, ssp = InventoryListFactory(tenant=item.tenant), SspFactory(tenant=item.tenant)
    GuardrailsFactory(campaign=item.campaign, line_item=None, block_lists=[listed])
    GuardrailsFactory(line_item=item, allow_lists=[listed])
    BidStrategyFactory(line_item=item, ssps=[ssp], max_bid_cents=900)
    deal = DealFactory(ssp=ssp, line_items=[item])
    client.post(
        address(Campaign, "changelist"),
        {"action": "duplicate", "_selected_action": [item.campaign_id]},
    )
    made = Campaign.across_tenants.exclude(pk=item.campaign_id).get()
    copied = LineItem.across_tenants.get(campaign=made)
    assert list(made.guardrails.block_lists.all()) == [listed]
    assert list(copied.guardrails.allow_lists.all()) == [listed]
    assert list(copied.bid_strategy.ssps.all()) == [ssp]
    assert copied.bid_strategy.max_bid_cents == 900
    assert set(deal.line_items.all()) == {item, copied}


def test_who_may_only_read_sees_everything_and_changes_nothing(item):
    BidStrategyFactory(line_item=item, goal="CPC", goal_cents=40)
    GuardrailsFactory(line_item=item)
    deal = DealFactory(ssp__tenant=item.tenant, price_cents=750)
    reader = client_of(item.tenant, Role.ANALYST)
    assert "0.40 CAD" in text_of(reader.get(page_of(item)))
    assert "7.50 CAD" in text_of(reader.get(page_of(deal)))
    for row in (deal.ssp, item.campaign):
        assert reader.get(page_of(row)).status_code == 200
    names = fields_of(reader, page_of(item))
    typed = [name for name in names if name.startswith(("bid_strategy-0", "guardrails-0"))]
    assert {name.rpartition("-")[2] for name in typed} == {"id", "line_item"}
