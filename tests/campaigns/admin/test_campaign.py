"""The campaign pages: money, dates, caps, list actions and what the list shows."""

from datetime import UTC, datetime

import pytest
from django.contrib.messages import get_messages

from adplatform.clients import clickhouse
from campaigns.models import Campaign, Creative, FrequencyCap, LineItem
from tenants.roles import Role
from tests.campaigns.admin.pages import address, client_of, fields_of, submit, text_of
from tests.factories import (
    CampaignFactory,
    CreativeFactory,
    FrequencyCapFactory,
    LineItemFactory,
    PlacementFactory,
    TemplateFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db
COUNTS = {
    **dict.fromkeys(["views", "conversions", "interactions", "invalid_impressions"], 0),
    **dict.fromkeys(["invalid_clicks", "revenue_cents"], 0),
}


@pytest.fixture
def tenant():
    return TenantFactory(timezone="America/Toronto", currency="CAD")


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def campaign(tenant):
    return CampaignFactory(tenant=tenant, name="Spring floors", daily_budget_cents=25_000)


def change(campaign):
    return address(Campaign, "change", campaign.pk)


def new_campaign(client, **changes):
    data = {
        "name": "Autumn rugs",
        "start_at_0": "2027-09-01",
        "start_at_1": "00:00:00",
        "end_at_0": "2027-10-01",
        "end_at_1": "00:00:00",
    }
    return submit(client, address(Campaign, "add"), **{**data, **changes})


def test_a_campaign_is_made_in_the_users_account_and_its_time_zone(client, tenant):
    new_campaign(client)
    made = Campaign.across_tenants.get()
    assert made.tenant == tenant
    assert made.start_at == datetime(2027, 9, 1, 4, tzinfo=UTC)


def test_budgets_are_typed_and_shown_in_units_of_the_currency(client, campaign):
    assert fields_of(client, change(campaign))["daily_budget_cents"] == ["250.00"]
    submit(client, change(campaign), daily_budget_cents="1,300.5", total_budget_cents="")
    campaign.refresh_from_db()
    assert (campaign.daily_budget_cents, campaign.total_budget_cents) == (130_050, None)


def test_saving_a_page_as_it_is_changes_nothing(client, campaign):
    FrequencyCapFactory(campaign=campaign, seconds=12_345)
    LineItemFactory(campaign=campaign)
    before = Campaign.across_tenants.values().get()
    assert "changed successfully" in text_of(submit(client, change(campaign)))
    after = Campaign.across_tenants.values().get()
    assert {**after, "updated_at": None} == {**before, "updated_at": None}
    assert FrequencyCap.across_tenants.get().seconds == 12_345


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "lots", "1e99", "NaN"])
def test_amounts_that_make_no_sense_are_refused(client, campaign, amount):
    submit(client, change(campaign), daily_budget_cents=amount)
    campaign.refresh_from_db()
    assert campaign.daily_budget_cents == 25_000


def test_a_campaign_that_ends_before_it_starts_is_refused_with_words(client):
    page = new_campaign(client, end_at_0="2027-08-01")
    assert "must end after it starts" in text_of(page)
    assert not Campaign.across_tenants.exists()


def test_line_items_and_caps_are_made_on_the_campaigns_page(client, campaign, tenant):
    placement = PlacementFactory(tenant=tenant)
    lines = {"name": "Kitchens", "placement": placement.pk, "bid_cents": "2.50"}
    lines |= {"priority": "8", "status": "ACTIVE", "daily_budget_cents": ""}
    submit(
        client,
        change(campaign),
        **{f"line_items-0-{name}": value for name, value in lines.items()},
        **{"line_items-TOTAL_FORMS": "1", "frequency_caps-TOTAL_FORMS": "1"},
        **{"frequency_caps-0-impressions": "3", "frequency_caps-0-seconds": "86400"},
    )
    item, cap = LineItem.across_tenants.get(), FrequencyCap.across_tenants.get()
    assert (item.tenant, item.bid_cents) == (tenant, 250)
    assert (cap.tenant, cap.campaign, cap.seconds) == (tenant, campaign, 86_400)


def test_a_new_campaign_may_bring_its_caps(client):
    cap = {"frequency_caps-0-impressions": "3", "frequency_caps-0-seconds": "86400"}
    new_campaign(client, **{"frequency_caps-TOTAL_FORMS": "1"}, **cap)
    assert FrequencyCap.across_tenants.get().campaign == Campaign.across_tenants.get()


def test_pausing_is_in_the_history(client, campaign):
    data = {"action": "pause", "_selected_action": [campaign.pk]}
    client.post(address(Campaign, "changelist"), data)
    campaign.refresh_from_db()
    assert campaign.status == "PAUSED"
    latest = campaign.history.first()
    assert (latest.status, latest.history_user is not None) == ("PAUSED", True)


def test_a_campaign_that_is_over_is_not_activated(client, tenant):
    over = CampaignFactory(
        tenant=tenant,
        status="PAUSED",
        start_at=datetime(2020, 1, 1, tzinfo=UTC),
        end_at=datetime(2020, 2, 1, tzinfo=UTC),
    )
    data = {"action": "activate", "_selected_action": [over.pk]}
    answer = client.post(address(Campaign, "changelist"), data)
    over.refresh_from_db()
    assert over.status == "PAUSED"
    assert any("is over" in str(each) for each in get_messages(answer.wsgi_request))


def test_a_copy_is_a_draft_with_line_items_caps_and_creatives(client, campaign):
    item = LineItemFactory(campaign=campaign)
    CreativeFactory(line_item=item)
    CreativeFactory(line_item=item, kind="template", template=TemplateFactory(campaign=campaign))
    FrequencyCapFactory(campaign=campaign)
    asked = client.get(address(Campaign, "duplicate_one", campaign.pk))
    assert "Duplicate" in text_of(asked)
    assert Campaign.across_tenants.count() == 1
    client.post(address(Campaign, "duplicate_one", campaign.pk))
    copied = Campaign.across_tenants.exclude(pk=campaign.pk).get()
    assert (copied.status, copied.name) == ("DRAFT", "Spring floors (copy)")
    assert copied.frequency_caps.count() == 1
    assert Creative.across_tenants.filter(line_item__campaign=copied).count() == 1
    assert Creative.across_tenants.filter(line_item__campaign=campaign).count() == 2


def test_somebody_who_may_only_read_sees_amounts_with_their_currency(campaign, tenant):
    LineItemFactory(campaign=campaign)
    page = text_of(client_of(tenant, Role.ANALYST).get(change(campaign)))
    assert "250.00 CAD" in page
    assert "2.50 CAD" in page
    assert "25000" not in page


def test_the_list_shows_what_was_delivered_today(client, campaign, tenant, event_store):
    row = {"minute": datetime.now(UTC).replace(second=0, microsecond=0), "ad_id": ""}
    ids = dict.fromkeys(["placement_id", "line_item_id", "creative_id", "template_id"], 0)
    row |= {"tenant_id": tenant.pk, "campaign_id": campaign.pk, "segment_id": 0, **ids, **COUNTS}
    row |= {"impressions": 2_000, "clicks": 50, "cost_micros": 125_000_000}
    clickhouse.insert_columns("ad_events_minute_agg", {k: [v] for k, v in row.items()})
    page = text_of(client.get(address(Campaign, "changelist")))
    for shown in ("2,000", "2.50%", "125.00 of 250.00 CAD", "width: 50.0%"):
        assert shown in page


def test_the_list_opens_without_the_analytics_store(client, campaign, settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    page = text_of(client.get(address(Campaign, "changelist")))
    clickhouse.disconnect()
    assert "Spring floors" in page
    assert "the analytics store does not answer" in page


def test_exported_names_cannot_start_a_formula(client, tenant):
    CampaignFactory(tenant=tenant, name="=HYPERLINK(1)")
    text = text_of(client.get(address(Campaign, "export")))
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text
