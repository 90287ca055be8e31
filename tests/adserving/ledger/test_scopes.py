"""Which budgets a bid is held against, and on which day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adplatform.money import Micros
from adserving.ledger import Scope, day_of, scope_keys, scopes_of
from adserving.snapshot import CampaignConfig, LineItemConfig, TenantConfig
from adserving.spend import Spend

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TORONTO = ZoneInfo("America/Toronto")
M = Micros
TENANT = TenantConfig(id=5, timezone=TORONTO, currency="CAD", prepaid=None)
CAMPAIGN = CampaignConfig(
    id=1,
    tenant_id=5,
    name="c",
    active=True,
    start_at=NOW,
    end_at=NOW,
    daily_budget=None,
    total_budget=None,
)
ITEM = LineItemConfig(
    id=7,
    tenant_id=5,
    name="l",
    campaign=CAMPAIGN,
    placement_id=0,
    active=True,
    cpm=M(2_500_000),
    priority=0,
    daily_budget=None,
    total_budget=None,
    prepaid=None,
    standard_pacing=False,
    rule=None,  # type: ignore[arg-type]
    matches=lambda _: True,
    caps=(),
    creatives=(),
)
CAPPED = replace(
    ITEM,
    campaign=replace(CAMPAIGN, daily_budget=M(100), total_budget=M(1000)),
    daily_budget=M(50),
    total_budget=M(500),
)


def test_every_budget_that_is_set_is_a_scope_with_its_reason():
    tenant = replace(TENANT, prepaid=M(5000))
    assert scopes_of(CAPPED, tenant, Spend(NOW), NOW) == (
        Scope("c1:2026-11-21", M(100), "campaign_daily_budget"),
        Scope("c1:total", M(1000), "campaign_total_budget"),
        Scope("l7:2026-11-21", M(50), "line_item_daily_budget"),
        Scope("l7:total", M(500), "line_item_total_budget"),
        Scope("t:total", M(5000), "account_balance"),
    )


def test_a_capped_scope_is_one_of_those_that_bills_are_booked_under():
    tenant = replace(TENANT, prepaid=M(5000))
    scopes = scopes_of(CAPPED, tenant, Spend(NOW), NOW) or ()
    assert tuple(scope.key for scope in scopes) == scope_keys(1, 7, day_of(NOW, TORONTO))


def test_without_budgets_there_is_nothing_to_hold_and_spend_may_be_old():
    assert scopes_of(ITEM, TENANT, Spend(), NOW) == ()


@pytest.mark.parametrize(
    "limited",
    [
        (replace(ITEM, daily_budget=M(1)), TENANT),
        (replace(ITEM, campaign=replace(CAMPAIGN, total_budget=M(1))), TENANT),
        (ITEM, replace(TENANT, prepaid=M(1))),
    ],
)
def test_a_budget_without_fresh_spend_is_not_known(limited):
    item, tenant = limited
    assert scopes_of(item, tenant, Spend(NOW - timedelta(seconds=61)), NOW) is None
    assert scopes_of(item, tenant, Spend(NOW - timedelta(seconds=60)), NOW) is not None


def test_what_ad_tags_spent_leaves_less_for_exchanges():
    spend = Spend(
        NOW,
        campaign_today={1: M(30)},
        campaign_total={1: M(300)},
        line_item_today={7: M(20)},
        line_item_total={7: M(200)},
        tenant_total={5: M(900)},
        campaign_today_billed={1: M(10)},
        campaign_total_billed={1: M(250)},
        line_item_today_billed={7: M(20)},
        line_item_total_billed={7: M(0)},
        tenant_total_billed={5: M(400)},
    )
    scopes = scopes_of(CAPPED, replace(TENANT, prepaid=M(5000)), spend, NOW) or ()
    assert [scope.cap for scope in scopes] == [80, 950, 50, 300, 4500]


def test_bills_that_reports_counted_twice_as_tag_spend_never_raise_a_cap():
    spend = Spend(NOW, campaign_today={1: M(5)}, campaign_today_billed={1: M(9)})
    scopes = scopes_of(CAPPED, TENANT, spend, NOW) or ()
    assert scopes[0].cap == 100


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-08T04:59:59+00:00", "2026-03-07"),  # UTC-5 still
        ("2026-03-08T05:00:00+00:00", "2026-03-08"),  # a day of 23 hours begins
        ("2026-03-09T03:59:59+00:00", "2026-03-08"),
        ("2026-03-09T04:00:00+00:00", "2026-03-09"),
        ("2026-11-01T03:59:59+00:00", "2026-10-31"),
        ("2026-11-01T04:00:00+00:00", "2026-11-01"),  # a day of 25 hours begins
        ("2026-11-02T04:59:59+00:00", "2026-11-01"),
        ("2026-11-02T05:00:00+00:00", "2026-11-02"),
    ],
)
def test_days_are_the_accounts_also_when_clocks_change(moment, day):
    now = datetime.fromisoformat(moment)
    assert day_of(now, TORONTO) == day
    [scope] = scopes_of(replace(ITEM, daily_budget=M(1)), TENANT, Spend(now), now) or ()
    assert scope.key == f"l7:{day}"


@given(
    st.integers(0, 15 * 365 * 86_400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.sampled_from(["America/Toronto", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]),
    st.integers(0, 3 * 86_400),
)
def test_a_day_never_comes_back(now, zone, seconds):
    later = now + timedelta(seconds=seconds)
    assert day_of(now, ZoneInfo(zone)) <= day_of(later, ZoneInfo(zone))
