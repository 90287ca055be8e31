"""The bidding reports over HTTP: one account's, and clear refusals."""

from datetime import timedelta
from typing import Any

import pytest

from rtb.records import RecordKind
from tests.factories import ApiKeyFactory, MembershipFactory, TenantFactory
from tests.rtb.records import a_record, keep, noon_yesterday

REPORT = "/api/report/rtb/"
REASONS = "/api/report/rtb/reasons/"
BOTH = pytest.mark.parametrize("url", [REPORT, REASONS])

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(event_store) -> Any:
    return ApiKeyFactory(tenant=TenantFactory(timezone="UTC"))


@pytest.fixture
def ask(client):
    def get(key, url=REPORT, **fields):
        headers = {"Authorization": f"Bearer {key.text}"} if key else {}
        return client.get(url, fields, headers=headers)

    return get


def test_a_report_by_line_item(key, ask):
    of_item = {"tenant_id": key.tenant_id, "line_item_id": 7, "campaign_id": 3}
    keep(
        a_record(**of_item, price_micros=2_000_000),
        a_record(RecordKind.WIN, **of_item),
        a_record(RecordKind.BILLING, **of_item, paid_micros=1_000_000, value_micros=1_500_000),
    )
    answer = ask(key, group_by="line_item")
    body = answer.json()
    assert (body["tenant_id"], body["timezone"]) == (key.tenant_id, "UTC")
    assert body["group_by"] == ["line_item"]
    (row,) = body["rows"]
    assert (row["line_item_id"], row["bids"], row["wins"], row["win_rate"]) == (7, 1, 1, 1.0)
    assert (row["spend_cents"], row["margin_cents"], row["avg_paid_cpm"]) == (0.1, 0.05, 1.0)
    assert row["requests"] is None
    assert body["totals"]["requests"] == 0
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_reasons_of_a_line_item(key, ask):
    mine = {"tenant_id": key.tenant_id, "reason": "floor", "count": 5}
    keep(*(a_record(RecordKind.NO_BID, **mine, line_item_id=number) for number in (7, 8)))
    body = ask(key, REASONS, line_item_id="7").json()
    (row,) = body["rows"]
    assert (row["line_item_id"], row["reasons"]) == (7, [{"reason": "floor", "count": 5}])
    assert body["requests"] == []


@BOTH
def test_anothers_bidding_is_the_same_as_none(key, ask, url):
    other = ApiKeyFactory()
    keep(a_record(tenant_id=other.tenant_id, line_item_id=77))
    assert ask(key, url).json()["rows"] == []
    foreign, unknown = (ask(key, url, tenant_id=n) for n in (other.tenant_id, 10**9))
    assert (foreign.status_code, foreign.json()) == (404, unknown.json())


def test_a_line_item_of_another_account_has_no_reasons(key, ask):
    other = ApiKeyFactory()
    keep(a_record(RecordKind.NO_BID, tenant_id=other.tenant_id, line_item_id=77, reason="floor"))
    foreign, unknown = (ask(key, REASONS, line_item_id=n).json() for n in (77, 78))
    assert foreign["rows"] == unknown["rows"] == []


@BOTH
def test_who_may_not_read(key, ask, url):
    assert ask(None, url).status_code == 401
    assert ask(ApiKeyFactory(scopes=["events"]), url).status_code == 403


@BOTH
def test_a_member_reads_with_a_session(event_store, client, url):
    member: Any = MembershipFactory()
    client.force_login(member.user)
    assert client.get(url).json()["tenant_id"] == member.tenant_id


@BOTH
def test_a_refusal_names_its_field(key, ask, url):
    answer = ask(key, url, start="soon", shoe_size="42")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert {error["field"] for error in answer.json()["errors"]} == {"start", "shoe_size"}
    too_long = ask(key, url, start=f"{noon_yesterday() - timedelta(days=500):%Y-%m-%d}")
    assert too_long.json()["errors"][0]["field"] == "start"


@BOTH
def test_while_clickhouse_is_away_it_says_when_to_come_back(key, ask, url, settings):
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    answer = ask(key, url)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
