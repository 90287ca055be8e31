"""Reading credits: by the touch's dimensions, one tenant and one model at a time."""

import pytest

from adplatform.clients import clickhouse
from events.tiers import DAY, DIMENSIONS, MINUTE, QUARTER
from reporting.attribution.credits import METRICS, PARAMETERS, attributed
from tests.reporting.attribution.journeys import NOW, event, store

PARAMS = {
    "attribution_model": "linear",
    "start": int(NOW.timestamp()) - 86_400,
    "end": int(NOW.timestamp()) + 1,
}


@pytest.fixture
def journey(tenant, credit_news):
    """Two clicks and a sale; a view and a sale; a sale out of nothing; all of one tenant."""
    of = {"tenant_id": tenant.pk}
    store([
        event("CLICK", 5, campaign_id=10, ad_id="1-2", **of),
        event("CLICK", 4, campaign_id=20, **of),
        event("CONVERSION", 3, value_cents=500, **of),
        event("VIEW", 5, campaign_id=20, user_id="viewer", **of),
        event("CONVERSION", 3, value_cents=30, user_id="viewer", **of),
        event("CONVERSION", 3, value_cents=7, user_id="stranger", **of),
    ])  # fmt: skip
    credit_news()
    return {**PARAMS, "tenant_id": tenant.pk}


def read(columns: str, params, *, where: str = "1", tail: str = "", tier=MINUTE):
    sql = f"SELECT {columns} FROM {attributed(tier, where)} {tail}"
    return clickhouse.query(sql, params)


def test_metrics_by_campaign(journey):
    metrics = ", ".join(METRICS.values())
    rows = read(f"campaign_id, {metrics}", journey, tail="GROUP BY campaign_id ORDER BY 1")
    assert list(METRICS) == [
        "attributed_conversions", "click_conversions", "view_conversions",
        "unattributed_conversions", "attributed_revenue_cents", "unattributed_revenue_cents",
    ]  # fmt: skip
    assert rows == [
        (0, 0, 0, 0, 1, 0, 7),
        (10, 0.5, 0.5, 0, 0, 250, 0),
        (20, 1.5, 0.5, 1, 0, 280, 0),
    ]


def test_a_filter_applies_to_touches(journey):
    assert read("sum(credit_ppm)", journey, where="ad_id = '1-2'") == [(500_000,)]


def test_another_model_shares_otherwise(journey):
    params = {**journey, "attribution_model": "last_touch"}
    rows = read("campaign_id, sum(credit_ppm)", params, tail="GROUP BY campaign_id ORDER BY 1")
    assert rows == [(0, 1_000_000), (20, 2_000_000)]


def test_another_tenant_and_another_range_are_empty(journey):
    for change in ({"tenant_id": journey["tenant_id"] + 1}, {"end": journey["start"]}):
        assert read("count()", {**journey, **change}) == [(0,)]


@pytest.mark.parametrize("tier", [MINUTE, QUARTER, DAY])
def test_the_columns_are_those_of_the_tier(journey, tier):
    sql = f"SELECT * FROM {attributed(tier)}"
    _, columns = clickhouse.query_with_columns(sql, journey)
    assert columns == [tier.bucket, *DIMENSIONS, "kind", "credit_ppm", "credit_micros"]
    (types,) = clickhouse.query(
        f"SELECT toTypeName({tier.bucket}) FROM {attributed(tier)} LIMIT 1", journey
    )
    expected = clickhouse.query(
        f"SELECT type FROM system.columns WHERE table = '{tier.table}' AND name = '{tier.bucket}'"
    )
    assert [types] == expected


def test_the_subquery_is_bound_by_its_parameters():
    sql = attributed(MINUTE)
    assert all(f"%({name})s" in sql for name in PARAMETERS)
    assert "WHERE tenant_id = %(tenant_id)s" in sql
