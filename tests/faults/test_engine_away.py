"""One engine away at a time: doors answer what they can, and nothing is lost that was accepted."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from campaigns.models import Campaign
from tests.factories import FrequencyCapFactory
from tests.flows.advertiser import build
from tests.live import fetch, wait

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def advertiser(platform):
    made = build(platform.url)
    platform.wait_until_served(made.template_url)
    return made


def decide(platform, advertiser, **fields):
    return fetch(
        f"{platform.url}/api/decision/",
        method="POST",
        body={
            "tenant_id": advertiser.tenant_id,
            "placement_key": advertiser.placement_key,
            "user_id": "u-1",
            **fields,
        },
        authorization=f"Bearer {advertiser.key}",
    )


def send(platform, advertiser, event_id=None):
    now = datetime.now(UTC).isoformat()
    event = advertiser.event(event_id or str(uuid4()), "IMPRESSION", ts=now)
    return fetch(
        f"{platform.url}/api/events/",
        method="POST",
        body=event,
        authorization=f"Bearer {advertiser.key}",
    )


def show_an_ad(advertiser):
    """The whole life of an impression; every door must answer as if nothing were wrong."""
    assert fetch(advertiser.template_url).status == 200
    decision = fetch(advertiser.decision_url)
    assert decision.status == 200
    urls = decision.json()
    assert fetch(urls["impression_url"], method="POST", body=b"").status == 204
    assert fetch(urls["viewable_url"], method="POST", body=b"").status == 204
    assert fetch(urls["click_url"]).status == 302


def not_ready_names(platform, engine: str) -> bool:
    answer = fetch(f"{platform.url}/readyz")
    return answer.status == 503 and answer.json()["checks"][engine] != "ok"


def test_without_redis_ads_render_count_and_serve_uncapped(platform, advertiser, without):
    FrequencyCapFactory(campaign=Campaign.across_tenants.get(pk=advertiser.campaign_id))
    with without("redis"):
        wait(lambda: not_ready_names(platform, "redis"), "/readyz still says ready")
        show_an_ad(advertiser)
        answers = [decide(platform, advertiser) for _ in range(5)]
        assert {answer.status for answer in answers} == {200}
        assert all(answer.json()["line_item_id"] for answer in answers)
        assert send(platform, advertiser).status == 202
        assert "adplatform_uncounted_total" in fetch(f"{platform.url}/metrics").body.decode()
    platform.wait_for_report(
        advertiser.key, {"impressions": 2, "clicks": 1}, tenant_id=advertiser.tenant_id
    )


def test_without_clickhouse_ads_render_and_events_wait_in_kafka(platform, advertiser, without):
    with without("clickhouse"):
        show_an_ad(advertiser)
        assert send(platform, advertiser).status == 202
        assert decide(platform, advertiser).json()["line_item_id"] == advertiser.line_item_id
        report = fetch(
            f"{platform.url}/api/report/summary/?tenant_id={advertiser.tenant_id}",
            authorization=f"Bearer {advertiser.key}",
        )
        assert report.status == 503
        assert report.headers["retry-after"]
        assert report.headers["content-type"].startswith("application/problem+json")
    platform.wait_for_report(
        advertiser.key,
        {"impressions": 2, "viewable": 1, "clicks": 1},
        tenant_id=advertiser.tenant_id,
    )


def test_without_postgres_the_snapshot_keeps_serving(platform, advertiser, without):
    with without("postgres"):
        show_an_ad(advertiser)
        assert decide(platform, advertiser).json()["line_item_id"] == advertiser.line_item_id
        assert send(platform, advertiser).status == 202
        assert not_ready_names(platform, "postgres")
    wait(lambda: fetch(f"{platform.url}/readyz").status == 200, "it does not recover")
    platform.wait_for_report(
        advertiser.key, {"impressions": 2, "clicks": 1}, tenant_id=advertiser.tenant_id
    )


def test_without_kafka_ingest_says_try_again_and_ads_render(platform, advertiser, without):
    """The embedded broker forgets its log when it stops, so this one comes back empty."""
    with without("kafka"):
        show_an_ad(advertiser)
        answer = send(platform, advertiser)
        assert answer.status == 503
        assert answer.headers["retry-after"]
        assert decide(platform, advertiser).json()["line_item_id"] == advertiser.line_item_id
    event_id = str(uuid4())
    wait(lambda: send(platform, advertiser, event_id).status == 202, "ingest does not recover", 40)
    platform.wait_for_report(
        advertiser.key,
        {"impressions": 2, "viewable": 1, "clicks": 1},
        tenant_id=advertiser.tenant_id,
    )
