"""`GET /api/report/summary/` on a real ClickHouse: right sums, one tenant, clear refusals."""

import csv
import io
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.records import Arrived
from events.types import EventType
from tests.events.builders import an_event
from tests.factories.tenants import ApiKeyFactory, MembershipFactory, TenantFactory, UserFactory

URL = "/api/report/summary/"
DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERIOD = {"from": "2026-11-01", "to": "2026-12-01"}

pytestmark = pytest.mark.django_db


def keep(*events):
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds(uuid4().hex, 0, 0, len(batch)))


@pytest.fixture
def key(event_store):
    return ApiKeyFactory(tenant=TenantFactory(timezone="UTC"))


@pytest.fixture
def ask(client):
    def get(key, **params):
        query = urlencode(params, doseq=True)
        headers = {"Authorization": f"Bearer {key.text}"} if key else {}
        return client.get(f"{URL}?{query}", headers=headers)

    return get


def a_click(key, **fields):
    defaults = {"tenant_id": key.tenant_id, "ts": DAY, "event_type": EventType.CLICK}
    return an_event(**(defaults | fields))


def a_view(key, **fields):
    return a_click(key, **{"event_type": EventType.IMPRESSION, **fields})


def test_totals_and_ratios_of_the_whole_tenant(key, ask):
    sale = a_click(key, event_type=EventType.CONVERSION, value_cents=500)
    keep(*(a_view(key, cost_micros=2500) for _ in range(20)), a_click(key), a_click(key), sale)
    body = ask(key, tenant_id=key.tenant_id, **PERIOD).json()
    assert body["from"] == "2026-11-01T00:00:00+00:00"
    assert body["totals"] == body["rows"][0]
    totals = body["totals"]
    assert (totals["impressions"], totals["clicks"], totals["conversions"]) == (20, 2, 1)
    assert (totals["revenue_cents"], totals["cost_micros"]) == (500, 50_000)
    assert (totals["ctr"], totals["conversion_rate"]) == (0.1, 0.5)
    assert (totals["ecpm"], totals["ecpc"], totals["viewability"]) == (250.0, 2.5, 0.0)


def test_without_events_there_are_no_rows_and_no_ratios(key, ask):
    body = ask(key).json()
    assert (body["rows"], body["totals"]["impressions"], body["totals"]["ctr"]) == ([], 0, None)


def test_it_breaks_down_filters_and_orders(key, ask):
    keep(
        *(a_click(key, campaign_id=1, ad_id="1-2") for _ in range(3)),
        *(a_click(key, campaign_id=2, ad_id="1-3") for _ in range(5)),
        a_click(key, campaign_id=3, ad_id="1-2"),
    )
    rows = ask(key, group_by="campaign", order="-clicks", campaign_id="1,2", **PERIOD).json()[
        "rows"
    ]
    assert [(row["campaign_id"], row["clicks"]) for row in rows] == [(2, 5), (1, 3)]
    rows = ask(key, group_by="ad_id", **PERIOD).json()["rows"]
    assert [(row["ad_id"], row["clicks"]) for row in rows] == [("1-2", 4), ("1-3", 5)]
    assert ask(key, ad_id="1-2", **PERIOD).json()["totals"]["clicks"] == 4


def test_pages_are_disjoint_and_their_totals_cover_all(key, ask):
    keep(*(a_click(key, campaign_id=number) for number in range(1, 6)))
    seen: list[int] = []
    offset: int | None = 0
    while offset is not None:
        body = ask(key, group_by="campaign", limit=2, offset=offset, **PERIOD).json()
        assert body["totals"]["clicks"] == 5
        seen += [row["campaign_id"] for row in body["rows"]]
        offset = body["next_offset"]
    assert seen == [1, 2, 3, 4, 5]


def test_rows_without_the_ratio_come_last(key, ask):
    first, third = {"campaign_id": 1}, {"campaign_id": 3}
    keep(a_view(key, **first), a_click(key, **first), a_view(key, campaign_id=2))
    keep(a_click(key, **third))
    for order, expected in (("-ctr", [1, 2, 3]), ("ctr", [2, 1, 3])):
        rows = ask(key, group_by="campaign", order=order, **PERIOD).json()["rows"]
        assert [row["campaign_id"] for row in rows] == expected


def test_to_is_not_included(key, ask):
    midnight = datetime(2026, 11, 20, tzinfo=UTC)
    keep(a_click(key, ts=midnight), a_click(key, ts=midnight - timedelta(seconds=1)))
    assert ask(key, **{"from": "2026-11-20", "to": "2026-11-21"}).json()["totals"]["clicks"] == 1
    assert ask(key, **{"from": "2026-11-19", "to": "2026-11-20"}).json()["totals"]["clicks"] == 1


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Toronto"])
@pytest.mark.parametrize("unit", ["hour", "day", "week", "month"])
def test_buckets_are_those_of_the_time_zone_when_the_clocks_change(key, ask, zone, unit):
    rng, tz = random.Random(7), ZoneInfo(zone)
    first = datetime(2026, 10, 24, tzinfo=UTC)  # the clocks change on 25 October and 1 November
    moments = [first + timedelta(minutes=rng.randrange(60 * 24 * 10)) for _ in range(300)]
    keep(*(a_click(key, ts=moment) for moment in moments))
    params = {"granularity": unit, "tz": zone, "from": "2026-10-20", "to": "2026-11-20"}
    rows = ask(key, **params).json()["rows"]
    expected = Counter(_bucket(moment, tz, unit).isoformat() for moment in moments)
    assert {row["time"]: row["clicks"] for row in rows} == dict(expected)
    assert [row["time"] for row in rows] == sorted(expected, key=datetime.fromisoformat)


def _bucket(moment, tz, unit):
    """Where Python's own time zones put a moment."""
    local = moment.astimezone(tz)
    if unit == "hour":
        return (moment - timedelta(minutes=local.minute)).astimezone(tz)
    days = {"day": 0, "week": local.weekday(), "month": local.day - 1}[unit]
    date = local.date() - timedelta(days=days)
    return datetime(date.year, date.month, date.day, tzinfo=tz)


def test_days_are_the_tenants_own_when_no_zone_is_given(event_store, ask):
    key = ApiKeyFactory(tenant=TenantFactory(timezone="Asia/Kathmandu"))
    keep(a_click(key, ts=datetime(2026, 11, 19, 18, 20, tzinfo=UTC)))
    (row,) = ask(key, group_by="day", **PERIOD).json()["rows"]
    assert row["time"] == "2026-11-20T00:00:00+05:45"


def test_another_tenant_is_not_found_and_its_ids_give_no_rows(key, ask):
    other: Any = ApiKeyFactory()
    keep(a_click(other, campaign_id=77))
    assert ask(key, tenant_id=other.tenant_id).status_code == 404
    assert ask(key, tenant_id=10**9).json() == ask(key, tenant_id=other.tenant_id).json()
    foreign = ask(key, campaign_id=77, **PERIOD).json()
    unknown = ask(key, campaign_id=78, **PERIOD).json()
    assert (foreign, foreign["rows"]) == (unknown, [])


def test_a_member_sees_the_accounts_of_the_membership_only(event_store, client):
    member: Any = MembershipFactory()
    other: Any = TenantFactory()
    client.force_login(member.user)
    assert client.get(URL, {"tenant_id": member.tenant_id}).status_code == 200
    assert client.get(URL).json()["tenant_id"] == member.tenant_id
    assert client.get(URL, {"tenant_id": other.pk}).status_code == 404


def test_a_user_of_several_accounts_names_one(event_store, client):
    user = UserFactory()
    MembershipFactory(user=user)
    MembershipFactory(user=user)
    client.force_login(user)
    assert client.get(URL).json()["errors"][0]["field"] == "tenant_id"


def test_who_may_not_read(key, ask):
    assert ask(None).status_code == 401
    assert ask(ApiKeyFactory(scopes=["events"])).status_code == 403


@pytest.mark.parametrize(
    ("name", "value"),
    [("from", "soon"), ("tz", "Nowhere"), ("group_by", "moon"), ("limit", "0"), ("campain", "1"),
     ("output", "pdf"), ("format", "xml"), ("tenant_id", "one"), ("campaign_id", "x")],
)  # fmt: skip
def test_a_bad_parameter_is_named(key, ask, name, value):
    answer = ask(key, **{name: value})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == name


def test_csv_has_the_same_rows_and_no_formulas(key, ask):
    keep(a_click(key, ad_id="=HYPERLINK(1)"), a_click(key, ad_id="1-2"))
    for name in ("output", "format"):
        answer = ask(key, group_by="ad_id", order="-ad_id", **{name: "csv"}, **PERIOD)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        assert [row["ad_id"] for row in rows] == ["'=HYPERLINK(1)", "1-2"]
        assert {row["clicks"] for row in rows} == {"1"}


def test_without_clickhouse_it_asks_to_come_back(key, ask, settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    answer = ask(key)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["status"] == 503


def test_values_are_never_part_of_the_statement(key, ask):
    keep(a_click(key, ad_id="1-2"))
    evil = "x') OR 1=1 --"
    assert ask(key, ad_id=evil, **PERIOD).json()["rows"] == []
