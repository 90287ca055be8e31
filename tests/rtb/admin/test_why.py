"""Why is this line item not bidding: budgets, the last hour, and a request rule by rule."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from adplatform.clients import redis
from adserving import refresh
from adserving.ledger.scopes import day_of
from adserving.ledger.scripts import prefix
from rtb.admin.pacing import REBUILT, standing
from rtb.admin.samples import SAMPLES
from rtb.admin.words import TOPICS
from rtb.openrtb.parse import parse
from rtb.reasons import NoBid
from tests.adserving.ledger.books import mark_complete
from tests.campaigns.admin.pages import client_of, text_of
from tests.factories import (
    BidStrategyFactory,
    CreativeFactory,
    LineItemFactory,
    PolicyFactory,
    SspFactory,
    TenantFactory,
)

pytestmark = pytest.mark.django_db
KRONA = '{"id": "1", "imp": [{"id": "1", "banner": {"w": 300, "h": 250}}], "cur": ["XTS"]}'
ABOUT_REQUESTS = {
    *(NoBid.INVALID_REQUEST, NoBid.UNKNOWN_SSP, NoBid.SSP_PAUSED, NoBid.OVER_QPS, NoBid.TOO_LATE),
    *(NoBid.LOADING, NoBid.FAILED, NoBid.LEDGER_AWAY, NoBid.NO_COMBINATION),
    NoBid.OUTBID_BY_OURSELVES,
}


@pytest.fixture
def tenant():
    return TenantFactory(currency="USD")


@pytest.fixture
def client(tenant):
    return client_of(tenant)


@pytest.fixture
def item(tenant):
    SspFactory(tenant=tenant, key="acme", name="Acme exchange")
    row = LineItemFactory(
        campaign__tenant=tenant, name="Kitchens", bid_cents=2500, daily_budget_cents=10_000
    )
    BidStrategyFactory(line_item=row)
    CreativeFactory(
        line_item=row,
        adomain="acme.example",
        landing_url="https://acme.example/",
        width=300,
        height=250,
    )
    return row


def ask(client, item, **fields):
    refresh.reload_snapshot()
    form = {"ssp": "acme", "sample": "", "request": "", **fields}
    return client.post(reverse("admin:why_bidding", args=[item.pk]), form)


def verdict_of(answer, rule: NoBid):
    found = [line for line in answer.context["verdicts"] if line.rule == TOPICS[rule]]
    return {line.passed for line in found}


def test_every_reason_about_a_line_item_has_words():
    assert set(NoBid) - set(TOPICS) == ABOUT_REQUESTS


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_a_bid_request(name: str):
    assert parse(SAMPLES[name].encode()).imp


def test_a_matching_request_passes_the_rules_of_size_and_format(client, item):
    answer = ask(client, item, sample="Banner 300 x 250")
    assert verdict_of(answer, NoBid.SIZE) == {True}
    assert verdict_of(answer, NoBid.FLOOR) == {True}
    assert "Kitchens" in text_of(answer)


def test_the_rule_that_fails_is_said(client, item):
    video = ask(client, item, sample="Video before the film")
    assert verdict_of(video, NoBid.FORMAT) == {False}


def test_one_creative_that_passes_is_enough(client, item, clean_redis, event_store):
    mark_complete(item.tenant_id)
    refresh.reload_snapshot()
    refresh.reload_spend()
    CreativeFactory(
        line_item=item,
        adomain="acme.example",
        landing_url="https://acme.example/",
        width=728,
        height=90,
    )
    answer = ask(client, item, sample="Banner 300 x 250")
    bids, stopped = answer.context["answers"]
    assert (bids.would_bid, stopped.would_bid) == (True, False)
    assert "open auction: bids" in bids.because[0]
    assert stopped.because[0].startswith("The size does not fit")
    assert "<strong>It would bid,</strong> with 1 of 2 creatives" in text_of(answer)


def test_what_stops_the_whole_line_item_is_said_once(client, item):
    (answer,) = ask(client, item, request=KRONA).context["answers"]
    assert (answer.name, answer.would_bid) == ("Kitchens", False)
    assert answer.because == ("No rate is known for the currency (XTS)",)


def test_a_policy_that_denies_is_named(client, item, tenant):
    PolicyFactory(tenant=tenant, name="dear")
    answer = ask(client, item, sample="Banner 300 x 250")
    assert verdict_of(answer, NoBid.POLICY) == {False}
    assert "dear: too dear" in text_of(answer)


def test_what_is_no_request_is_said(client, item):
    assert "This is no bid request" in text_of(ask(client, item, request="{}"))
    assert "Choose a sample" in text_of(ask(client, item))


def test_an_exchange_of_another_account_is_no_choice(client, item):
    SspFactory(key="foreign")
    answer = ask(client, item, ssp="foreign", sample="Audio")
    assert "verdicts" not in answer.context
    assert "ssp" in answer.context["form"].errors


def standing_of(item):
    refresh.reload_snapshot()
    refresh.reload_spend()
    return standing(item.tenant_id, item.pk, datetime.now(UTC))


def test_budgets_are_shown_with_what_is_spent_and_held(item, clean_redis, event_store):
    mark_complete(item.tenant_id)
    day = day_of(datetime.now(UTC), ZoneInfo(item.tenant.timezone))
    start = prefix(item.tenant_id)
    redis.client().hset(f"{start}spent:{day}", f"l{item.pk}", 25_000_000)
    redis.client().hset(f"{start}held", f"l{item.pk}:{day}", 10_000_000)
    found = standing_of(item)
    bars = {bar.name: bar for bar in found.bars}
    assert found.problem == ""
    assert found.rate == 100
    bar = bars["Line item daily budget"]
    assert (bar.spent, bar.held) == (25, 10)
    assert bar.text == "25.00 spent, 10.00 held of 100.00 USD"


def test_an_incomplete_ledger_is_said(item, clean_redis, event_store):
    assert standing_of(item).problem == REBUILT


def test_a_line_item_that_is_not_served_has_no_budgets_to_show(item):
    refresh.reload_snapshot()
    assert "switched off" in standing(item.tenant_id, 0, datetime.now(UTC)).problem


def test_the_page_shows_reasons_of_the_last_hour(client, item, event_store):
    refresh.reload_snapshot()
    page = client.get(reverse("admin:why_bidding", args=[item.pk]))
    assert "Budgets and pacing" in text_of(page)
    assert page.context["bids"] == 0
    assert "No request reached it" in text_of(page)


def test_a_line_item_without_bidding_is_told_so(client, tenant):
    row = LineItemFactory(campaign__tenant=tenant)
    assert "takes part in no auction" in text_of(
        client.get(reverse("admin:why_bidding", args=[row.pk]))
    )


def test_the_line_items_page_leads_here_and_foreign_ones_do_not_exist(client, item):
    address = reverse("admin:campaigns_lineitem_explain_bidding", args=[item.pk])
    assert client.get(address)["Location"] == reverse("admin:why_bidding", args=[item.pk])
    foreign = LineItemFactory()
    assert client.get(reverse("admin:why_bidding", args=[foreign.pk])).status_code == 404
