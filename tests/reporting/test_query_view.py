"""The query, funnel and schema doors over HTTP: one tenant, clear refusals, freshness."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from adplatform.clients import clickhouse
from events import store
from events.models import PartitionLedger
from events.plan import Bounds
from events.records import Arrived
from events.types import EventType
from tests.events.builders import an_event
from tests.factories.reporting import AttributionRunFactory
from tests.factories.tenants import ApiKeyFactory, MembershipFactory, TenantFactory

QUERY = "/api/report/query/"
FUNNEL = "/api/report/funnel/"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERIOD = {"from": "2026-11-01", "to": "2026-12-01"}
STEPS = (EventType.IMPRESSION, EventType.VIEW, EventType.CLICK, EventType.CONVERSION)

pytestmark = pytest.mark.django_db


def keep(*events):
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds(uuid4().hex, 0, 0, len(batch)))


@pytest.fixture
def key(event_store):
    return ApiKeyFactory(tenant=TenantFactory(timezone="UTC"))


@pytest.fixture
def ask(client):
    def post(key, url=QUERY, content_type="application/json", **body):
        headers = {"Authorization": f"Bearer {key.text}"} if key else {}
        if url == QUERY:
            body = {"metrics": ["clicks"], **body}
        return client.post(
            url, json.dumps({**PERIOD, **body}), content_type=content_type, headers=headers
        )

    return post


def a_click(key, **fields):
    defaults = {"tenant_id": key.tenant_id, "ts": NOON, "event_type": EventType.CLICK}
    return an_event(**(defaults | fields))


def test_a_report(key, ask):
    views = [a_click(key, event_type=EventType.IMPRESSION, campaign_id=3) for _ in range(4)]
    keep(*views, a_click(key, campaign_id=3), a_click(key, campaign_id=4))
    body = ask(
        key, metrics=["clicks", "ctr"], dimensions=["campaign"], min_sample=1, order_by=["-ctr"]
    ).json()
    assert [row["campaign_id"] for row in body["rows"]] == [3, 4]
    first = body["rows"][0]
    assert (first["clicks"], first["ctr"]) == (1, 0.25)
    assert first["ctr_interval"] == [0.045587, 0.699358]
    assert (body["totals"]["clicks"], body["next_offset"]) == (2, None)
    assert (body["timezone"], body["sources"]) == ("UTC", ["ad_events_day_agg"])
    assert body["freshness"] == dict.fromkeys(
        ("fresh_until", "complete_until", "reconciled_until", "credited_until", "stale")
    )


def test_anothers_ids_are_the_same_as_none(key, ask):
    other: Any = ApiKeyFactory()
    keep(a_click(other, campaign_id=77))
    foreign, unknown = (
        ask(
            key,
            dimensions=["campaign"],
            filters={"dimension": "campaign", "values": [number]},
        )
        for number in (77, 78)
    )
    assert foreign.json() == unknown.json()
    assert ask(key, dimensions=["campaign"]).json()["rows"] == []
    assert ask(key, tenant_id=other.tenant_id).status_code == 404
    assert ask(key, tenant_id=10**9).json() == ask(key, tenant_id=other.tenant_id).json()
    assert ask(key, url=FUNNEL, tenant_id=other.tenant_id).status_code == 404


def test_who_may_not_read(key, ask):
    for url in (QUERY, FUNNEL):
        assert ask(None, url=url).status_code == 401
        assert ask(ApiKeyFactory(scopes=["events"]), url=url).status_code == 403


def test_a_member_reads_with_a_session(event_store, client):
    member: Any = MembershipFactory()
    client.force_login(member.user)
    answer = client.post(QUERY, json.dumps({"metrics": ["clicks"]}), "application/json")
    assert answer.json()["tenant_id"] == member.tenant_id


def test_a_refusal_names_its_field(key, ask):
    wrong = {"and": [{"dimension": "campaign", "values": [1]}, {"dimension": "os", "values": []}]}
    answer = ask(key, filters=wrong)
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == "filters.and[1].values"
    assert ask(key, content_type="text/plain").status_code == 415
    assert ask(key, timezone="x" * 300_000).json()["errors"][0]["field"] == "body"
    bad = ask(key, granularity="minute", fill=True).json()["errors"][0]
    assert (bad["field"], "coarser" in bad["message"]) == ("granularity", True)


def test_a_period_that_was_removed_is_refused_with_a_remedy(key, ask, settings):
    settings.EVENTS_DAY_DAYS = 10
    settings.EVENTS_RAW_DAYS = 10
    (error,) = ask(key).json()["errors"]
    assert (error["field"], "start then or later" in error["message"]) == ("from", True)
    now = datetime.now(UTC)
    recent = {"from": f"{now - timedelta(days=9):%Y-%m-%d}", "to": f"{now:%Y-%m-%d}"}
    (error,) = ask(key, **{**recent, "compare": "previous_period"}).json()["errors"]
    assert error["field"] == "compare"


def test_freshness_comes_from_the_ledger(key, ask, client, settings):
    now = datetime.now(UTC)
    for partition, age in enumerate((5, 200)):
        PartitionLedger.objects.create(
            topic=settings.EVENTS_TOPIC, partition=partition, topic_id="t", next_offset=1,
            watermark=now - timedelta(seconds=age),
        )  # fmt: skip
    clickhouse.command(
        "INSERT INTO ad_events_reconciled (finished_at, run, reconciled_until) "
        "VALUES (now64(3), 'r', '2026-11-20 11:00:00')"
    )
    AttributionRunFactory(tenant=key.tenant, watermark=now - timedelta(seconds=30))
    AttributionRunFactory(tenant=key.tenant, watermark=None)
    AttributionRunFactory(watermark=now)  # another tenant's
    headers = {"Authorization": f"Bearer {key.text}"}
    summary = client.get("/api/report/summary/", headers=headers)
    for answer in (ask(key), ask(key, url=FUNNEL), summary):
        found = answer.json()["freshness"]
        assert datetime.fromisoformat(found["fresh_until"]) == now - timedelta(seconds=5)
        assert datetime.fromisoformat(found["complete_until"]) == now - timedelta(seconds=200)
        assert found["reconciled_until"] == "2026-11-20T11:00:00Z"
        assert datetime.fromisoformat(found["credited_until"]) == now - timedelta(seconds=30)
        assert found["stale"] is True


def test_without_clickhouse_it_asks_to_come_back(key, ask, settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    for url in (QUERY, FUNNEL):
        answer = ask(key, url=url)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def steps(key, user_id, number, **fields):
    """The first so many steps of a user, a minute apart."""
    for step in range(number):
        moment = NOON + timedelta(minutes=step)
        yield a_click(key, event_type=STEPS[step], user_id=user_id, ts=moment, **fields)


def test_the_funnel_counts_users_by_step(key, ask):
    keep(
        *steps(key, "a", 4, country="CA"), *steps(key, "b", 2, country="CA"),
        *steps(key, "c", 3, country="DE"), *steps(key, "", 2),
        *steps(key, "d", 1, is_test=1), *steps(key, "e", 1, invalid_reason="known_bot"),
        a_click(key, user_id="f"),
    )  # fmt: skip
    body = ask(key, url=FUNNEL, dimension="country", min_sample=1).json()
    assert [step["users"] for step in body["totals"]] == [3, 3, 2, 1]
    assert [step["rate"] for step in body["totals"]] == [None, 1.0, 0.666667, 0.5]
    assert body["totals"][3]["rate_of_first"] == 0.333333
    assert {row["value"]: [s["users"] for s in row["steps"]] for row in body["rows"]} == {
        "CA": [2, 2, 1, 1],
        "DE": [1, 1, 1, 0],
    }
    assert body["events_without_user"] == {
        "impression": 1, "viewable": 1, "click": 0, "conversion": 0,
    }  # fmt: skip


def test_the_window_and_the_order_of_a_funnel(key, ask):
    keep(*steps(key, "a", 3))
    keep(*(a_click(key, event_type=kind, user_id="b", ts=NOON + timedelta(minutes=minute))
           for minute, kind in enumerate(
               (EventType.IMPRESSION, EventType.CLICK, EventType.VIEW, EventType.CLICK)))
         )  # fmt: skip
    names = {"steps": ["impression", "viewable", "click"], "url": FUNNEL}

    def users(**fields):
        return [step["users"] for step in ask(key, **names, **fields).json()["totals"]]

    assert users() == [2, 2, 2]
    assert users(window_seconds=90) == [2, 1, 0]
    assert users(strict_order=True) == [2, 1, 1]


def test_the_schema_lists_what_can_be_asked(key, client):
    body = client.get("/api/report/schema/", headers={"Authorization": f"Bearer {key.text}"}).json()
    assert {"name": "ad_id", "field": "ad_id", "kind": "text", "source": "counts"} in body[
        "dimensions"
    ]
    assert {metric["name"]: metric["kind"] for metric in body["metrics"]}["users"] == "approximate"
    assert body["limits"]["filter_values"] == 500
    assert body["retention_days"]["minutes"] == 90
    assert client.get("/api/report/schema/").status_code == 401


@pytest.fixture
def credited(key):
    """Two conversions of this tenant: one credited to a click and a view, one to nothing."""
    row = (
        "SELECT {tenant}, generateUUIDv4(), toDateTime64('2026-11-20 12:00:00', 3, 'UTC'), "
        "'{model}', '{kind}', {ids}, {ids}, {ids}, {ids}, {ids}, {ids}, {ads}, {ppm}, {micros}, 1"
    )
    rows = [
        row.format(tenant=key.tenant_id, model="last_touch", kind="click", ids="[5, 6]",
                   ads="['x', 'y']", ppm="[250000, 750000]", micros="[2500, 7500]"),
        row.format(tenant=key.tenant_id, model="last_touch", kind="none", ids="[0]", ads="['']",
                   ppm="[1000000]", micros="[40000]"),
        row.format(tenant=key.tenant_id, model="linear", kind="view", ids="[5]", ads="['x']",
                   ppm="[1000000]", micros="[10000]"),
        row.format(tenant=key.tenant_id + 1, model="last_touch", kind="click", ids="[5]",
                   ads="['x']", ppm="[1000000]", micros="[10000]"),
    ]  # fmt: skip
    clickhouse.command(
        "INSERT INTO ad_conversion_credits (tenant_id, conversion_id, conversion_time, model, kind,"
        " campaign_ids, placement_ids, line_item_ids, creative_ids, template_ids, segment_ids,"
        f" ad_ids, credit_ppm, credit_micros, version) {' UNION ALL '.join(rows)}"
    )
    return key


def test_credits_join_the_counts(credited, ask):
    keep(a_click(credited, campaign_id=5), a_click(credited, campaign_id=9))
    names = ["clicks", "attributed_conversions", "attributed_revenue_cents"]
    body = ask(
        credited, metrics=[*names, "unattributed_conversions"], dimensions=["campaign"]
    ).json()
    assert [[row["campaign_id"], *(row[name] for name in names)] for row in body["rows"]] == [
        [0, 0, 0.0, 0.0],
        [5, 1, 0.25, 0.25],
        [6, 0, 0.75, 0.75],
        [9, 1, 0.0, 0.0],
    ]
    assert body["attribution_model"] == "last_touch"
    assert body["totals"]["unattributed_conversions"] == 1.0
    linear = ask(credited, metrics=["view_conversions"], attribution_model="linear").json()
    assert linear["totals"] == {"view_conversions": 1.0}
    assert linear["sources"] == ["ad_conversion_credits"]
    only = ask(
        credited, metrics=names, granularity="day", fill=True,
        filters={"dimension": "campaign", "values": [6]},
    ).json()  # fmt: skip
    assert len(only["rows"]) == 30
    assert only["totals"]["attributed_conversions"] == 0.75
