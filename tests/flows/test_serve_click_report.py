"""From a served ad to its report, over real HTTP, Kafka and ClickHouse."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from tests.flows.advertiser import build
from tests.live import fetch, wait

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def advertiser(platform):
    made = build(platform.url)
    platform.wait_until_served(made.template_url)
    return made


def test_what_visitors_did_is_what_the_report_says(platform, advertiser):
    clicks = 0
    for visit in range(20):
        decision = fetch(advertiser.decision_url, origin="null").json()
        assert fetch(decision["impression_url"], method="POST", body=b"").status == 204
        if visit % 2 == 0:
            assert fetch(decision["viewable_url"], method="POST", body=b"").status == 204
        if visit % 5 == 0:
            answer = fetch(decision["click_url"])
            assert answer.status == 302
            assert answer.headers["location"].startswith("https://shop.example.com/floors")
            clicks += 1
    now = datetime.now(UTC).isoformat()
    bought = advertiser.event(str(uuid4()), "CONVERSION", ts=now, value_cents=12_999)
    events = fetch(
        f"{platform.url}/api/events/",
        method="POST",
        body=[bought, bought],
        authorization=f"Bearer {advertiser.key}",
    )
    assert (events.status, events.json()["status"]) == (202, "queued")
    platform.wait_for_report(
        advertiser.key,
        {
            "impressions": 20,
            "viewable": 10,
            "clicks": clicks,
            "conversions": 1,
            "revenue_cents": 12_999,
            "cost_micros": 20 * 2_500,
        },
        tenant_id=advertiser.tenant_id,
    )


def test_a_decision_names_an_ad_whose_impression_is_counted_once(platform, advertiser):
    answer = fetch(
        f"{platform.url}/api/decision/",
        method="POST",
        body={"tenant_id": advertiser.tenant_id, "placement_key": advertiser.placement_key},
        authorization=f"Bearer {advertiser.key}",
    ).json()
    assert answer["campaign_id"] == advertiser.campaign_id
    for _ in range(3):
        fetch(answer["impression_url"], method="POST", body=b"")
    platform.wait_for_report(advertiser.key, {"impressions": 1}, tenant_id=advertiser.tenant_id)


def test_a_saved_change_reaches_the_web_process_in_two_seconds(platform, advertiser):
    Campaign.across_tenants.filter(pk=advertiser.campaign_id).update(status="PAUSED")
    wait(
        lambda: fetch(advertiser.decision_url).json()["reason"] == "campaign_not_active",
        "the paused campaign is still served",
        seconds=2,
    )


def test_another_tenants_report_is_not_found(platform, advertiser):
    other = build(platform.url)
    answer = fetch(
        f"{platform.url}/api/report/summary/?tenant_id={other.tenant_id}",
        authorization=f"Bearer {advertiser.key}",
    )
    assert answer.status == 404


def test_metrics_name_what_the_doors_did(platform, advertiser):
    fetch(advertiser.decision_url)
    text = fetch(f"{platform.url}/metrics").body.decode()
    assert 'adplatform_requests_total{door="decision_api",status="200"}' in text
    assert 'adplatform_decisions_total{outcome="served"}' in text
