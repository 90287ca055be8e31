"""The page Bidding: figures, filters, periods, and what it says where there is nothing to show."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from adplatform.clients import clickhouse
from campaigns.models import LineItemStatus
from events import ledger, topics
from rtb.admin.words import LOST, TURNED_DOWN
from rtb.losses import MAX_CODE, words_of
from rtb.reasons import NoBid
from rtb.records import RecordKind
from tenants.roles import Role
from tests.campaigns.admin.pages import client_of, text_of
from tests.factories import (
    BidStrategyFactory,
    LineItemFactory,
    SspFactory,
    TenantFactory,
    UserFactory,
)
from tests.rtb.records import a_record, keep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_store")]
DOLLAR = 1_000_000  # a CPM of 1.00


@pytest.fixture
def tenant():
    return TenantFactory(currency="USD", timezone="America/Toronto")


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def ssp(tenant):
    return SspFactory(tenant=tenant, name="Acme exchange", key="acme")


@pytest.fixture
def item(tenant, ssp):
    return an_item(tenant, "Kitchens")


def an_item(tenant, name):
    row = LineItemFactory(campaign__tenant=tenant, campaign__name="Spring", name=name)
    BidStrategyFactory(line_item=row)
    return row


def show(client, **asked):
    return client.get(reverse("admin:bidding"), asked)


def told(item, ssp, kind=RecordKind.BID, **fields):
    """A record of now about a line item at an exchange."""
    ids: dict[str, Any] = {"tenant_id": item.tenant_id, "campaign_id": item.campaign_id}
    of = {**ids, "line_item_id": item.pk, "ssp_id": ssp.pk, "ts": datetime.now(UTC)}
    return a_record(kind, **{**of, **fields})


def asked_for(ssp, **fields):
    of = {"tenant_id": ssp.tenant_id, "ssp_id": ssp.pk, "ts": datetime.now(UTC)}
    return a_record(RecordKind.REQUEST, **{**of, **fields})


def bid_and_win(item, ssp):
    """Of 4,000 bids 1,000 are won and billed at 1.50; each was worth 2.00 and bid at 1.80."""
    money = {"price_micros": 1_800_000, "value_micros": 2 * DOLLAR}
    keep(
        asked_for(ssp, count=9_000, reason="targeting"),
        asked_for(ssp, count=1_000),
        told(item, ssp, count=4_000, price_micros=1_800_000),
        told(item, ssp, RecordKind.WIN, count=1_000),
        *(told(item, ssp, RecordKind.BILLING, paid_micros=1_500_000, **money) for _ in range(4)),
        told(item, ssp, RecordKind.LOSS, reason="lost_to_higher_bid", loss_code=102, count=7),
        told(item, ssp, RecordKind.LOSS, reason="creative_pending", loss_code=201, count=2),
        told(item, ssp, RecordKind.NO_BID, reason="targeting", count=9_000, creative_id=1),
        told(item, ssp, RecordKind.NO_BID, reason="floor", count=20, creative_id=1),
        told(item, ssp, RecordKind.NO_BID, reason="floor", count=3, creative_id=2),
    )


class TestFigures:
    @pytest.fixture(autouse=True)
    def _bidding(self, event_store, item, ssp):
        bid_and_win(item, ssp)

    def test_the_cards_are_those_of_the_report(self, client):
        cards = {card.label: (card.value, card.note) for card in show(client).context["cards"]}
        assert cards["Win rate"] == ("25.0%", "likely 23.7% to 26.4%")
        assert cards["Bids"] == ("4,000", "10,000 requests")
        assert cards["Wins"] == ("1,000", "4 billed")
        assert cards["Spend"][0] == "0.01 USD"
        assert cards["Average price"][0] == "1.50 USD"

    def test_by_line_item_with_a_way_to_its_why(self, client, item):
        page = show(client)
        (line,) = page.context["line_items"]
        assert (line.name, line.about) == ("Kitchens", "Spring")
        assert line.cells[:3] == ("4,000", "1,000", "25.0%")
        assert len(line.cells) == len(page.context["item_headers"])
        assert f'href="{reverse("admin:why_bidding", args=[item.pk])}"' in text_of(page)

    def test_by_exchange_with_its_requests(self, client):
        page = show(client)
        (line,) = page.context["exchanges"]
        assert (line.name, line.cells[:3]) == ("Acme exchange", ("10,000", "10.0%", "4,000"))
        assert len(line.cells) == len(page.context["exchange_headers"])

    def test_losses_are_in_words_the_most_first(self, client):
        found = show(client).context["losses"]
        assert [(each.reason, each.count) for each in found] == [
            ("Another bid was higher", 7),
            ("The creative waits for approval", 2),
        ]

    def test_the_funnel_adds_up_creatives_in_the_order_of_the_rules(self, client):
        page = show(client)
        turned_down = [(each.reason, each.count) for each in page.context["turned_down"]]
        assert turned_down == [
            ("The targeting does not match", 9_000),
            ("Worth less than the floor", 23),
        ]
        assert [(each.reason, each.count) for each in page.context["refused"]] == [
            ("The targeting does not match", 9_000)
        ]

    def test_a_line_item_that_may_bid_and_did_not_is_listed(self, client, tenant):
        silent = an_item(tenant, "Sofas")
        paused = an_item(tenant, "Paused")
        paused.status = LineItemStatus.PAUSED
        paused.save()
        lines = show(client).context["line_items"]
        assert [line.name for line in lines] == ["Kitchens", "Sofas"]
        assert lines[1].cells[:3] == ("0", "0", "—")
        assert lines[1].why == reverse("admin:why_bidding", args=[silent.pk])

    def test_what_was_deleted_keeps_its_figures_and_leads_nowhere(self, client, item, ssp):
        pk = item.pk
        item.delete()
        an_item(ssp.tenant, "Sofas")
        line = show(client).context["line_items"][0]
        assert (line.name, line.query, line.why) == (f"Deleted ({pk})", "", "")


class TestFilters:
    @pytest.fixture
    def other(self, tenant):
        return an_item(tenant, "Sofas")

    @pytest.fixture
    def second(self, tenant):
        return SspFactory(tenant=tenant, name="Second exchange")

    @pytest.fixture(autouse=True)
    def _bidding(self, event_store, item, other, ssp, second):
        keep(
            asked_for(ssp, count=5),
            told(item, ssp, count=1),
            told(item, second, count=2),
            told(other, ssp, count=4),
            told(other, ssp, RecordKind.NO_BID, reason="floor", count=9),
        )

    def test_of_one_line_item(self, client, item):
        page = show(client, line_item=item.pk)
        assert [line.name for line in page.context["line_items"]] == ["Kitchens"]
        assert {line.name: line.cells[0] for line in page.context["exchanges"]} == {
            "Acme exchange": "1",
            "Second exchange": "2",
        }
        assert page.context["cards"][1].value == "3"
        assert not page.context["turned_down"]

    def test_at_one_exchange(self, client, ssp):
        page = show(client, ssp=ssp.pk)
        assert {line.name: line.cells[0] for line in page.context["line_items"]} == {
            "Kitchens": "1",
            "Sofas": "4",
        }
        assert [line.name for line in page.context["exchanges"]] == ["Acme exchange"]

    def test_a_row_leads_to_itself_and_keeps_the_rest(self, client, tenant, item, ssp):
        line = show(client, ssp=ssp.pk, period="7").context["line_items"][0]
        asked = f"account={tenant.pk}&period=7&line_item={line.why.split('/')[-3]}&ssp={ssp.pk}"
        assert line.query == asked

    @pytest.mark.parametrize("field", ["line_item", "ssp"])
    def test_ids_of_another_account_are_as_ids_that_do_not_exist(self, client, field):
        foreign = {"line_item": LineItemFactory(), "ssp": SspFactory(name="Foreign")}[field]
        answers = [show(client, **{field: pk}) for pk in (foreign.pk, 10**9)]
        for answer, pk in zip(answers, (foreign.pk, 10**9), strict=True):
            assert answer.status_code == 200
            assert f"{pk} is not one of the available choices" in text_of(answer)
            assert "cards" not in answer.context
            assert str(foreign) not in text_of(answer)

    @pytest.mark.parametrize("asked", [{"line_item": "x" * 300}, {"ssp": "'"}, {"period": "9"}])
    def test_what_is_no_choice_is_a_message(self, client, asked):
        assert "Select a valid choice" in text_of(show(client, **asked))


class TestPeriods:
    @pytest.mark.parametrize(
        ("period", "bids"), [("hour", "1"), ("today", "3"), ("7", "7"), ("30", "15")]
    )
    def test_it_ends_now_and_its_days_are_the_accounts(self, client, item, ssp, period, bids):
        now = datetime.now(UTC)
        local = now.astimezone(ZoneInfo(item.tenant.timezone))
        midnight = local.replace(hour=0, minute=0, second=0)
        early = min(midnight + timedelta(seconds=1), now)
        keep(
            told(item, ssp, count=1, ts=now),
            told(item, ssp, count=2, ts=early),
            told(item, ssp, count=4, ts=early - timedelta(days=6)),
            told(item, ssp, count=8, ts=early - timedelta(days=29)),
        )
        if period == "hour" and now - early < timedelta(hours=1):
            bids = "3"
        assert show(client, period=period).context["cards"][1].value == bids

    def test_today_is_what_is_shown_first(self, client, item):
        assert show(client).context["form"].data["period"] == "today"


class TestNothingToShow:
    def test_without_an_exchange_it_says_what_to_add_and_to_copy(self, client):
        page = show(client)
        (link,) = page.context["step"].links
        assert link.url == reverse("admin:rtb_ssp_add")
        assert "Copy that to the exchange" in text_of(page)
        assert "cards" not in page.context

    def test_who_may_not_add_one_is_sent_to_a_manager(self, tenant):
        page = show(client_of(tenant, Role.ANALYST))
        assert not page.context["step"].links
        assert "A manager of it can add one" in text_of(page)

    def test_without_a_line_item_that_bids_it_leads_to_them(self, client, ssp):
        assert "No line item takes part" in text_of(show(client))

    def test_without_requests_the_bid_urls_are_there_to_copy(self, client, item, ssp, settings):
        settings.BASE_URL = "https://ads.example"
        text = text_of(show(client))
        assert "No bid request came" in text
        assert "https://ads.example/rtb/bid/acme" in text

    def test_requests_without_a_bid_lead_to_why(self, client, item, ssp):
        keep(asked_for(ssp, count=1_200, reason="floor"))
        page = show(client)
        assert "1,200 bid requests came" in text_of(page)
        (link,) = page.context["step"].links
        assert link.url == reverse("admin:why_bidding", args=[item.pk])
        assert [each.reason for each in page.context["refused"]] == ["Worth less than the floor"]


class TestWho:
    def test_another_account_is_not_found_and_its_figures_are_nowhere(self, client, item, ssp):
        foreign = an_item(TenantFactory(), "Foreign")
        keep(told(foreign, SspFactory(tenant=foreign.tenant), count=77))
        assert show(client, account=foreign.tenant_id).status_code == 404
        page = show(client)
        assert "cards" not in page.context
        assert "Foreign" not in text_of(page)

    def test_every_role_may_look(self, tenant):
        for role in Role:
            assert show(client_of(tenant, role)).status_code == 200

    def test_an_operator_chooses_the_account(self, item, ssp):
        bid_and_win(item, ssp)
        TenantFactory(name="AAA, the first")
        operator = Client()
        operator.force_login(UserFactory(is_superuser=True, is_staff=True))
        assert "cards" not in show(operator).context
        assert show(operator, account=item.tenant_id).context["cards"]

    def test_strangers_sign_in_first(self):
        assert "/login/" in show(Client())["Location"]


class TestFreshness:
    def test_it_says_until_when_everything_is_counted(self, client, tenant, item):
        source = ledger.Source(topics.bids().topic, "topic", 0, 1)
        moment = datetime(2026, 11, 20, 17, 3, 9, tzinfo=UTC)
        ledger.caught_up(ledger.take(source, "me"), moment)
        until = moment.astimezone(ZoneInfo(tenant.timezone))
        assert f"recorded before {until:%Y-%m-%d %H:%M:%S}" in text_of(show(client))

    def test_it_opens_without_the_analytics_store(self, client, item, settings):
        clickhouse.disconnect()
        settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
        page = show(client)
        clickhouse.disconnect()
        assert page.status_code == 200
        assert "the analytics store does not answer" in text_of(page)


def test_every_reason_has_words():
    assert set(TURNED_DOWN) == set(NoBid)


def test_every_loss_has_words():
    assert {words_of(code) for code in (None, *range(1, MAX_CODE + 1))} == set(LOST)
