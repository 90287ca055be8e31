"""Runs: what is new is credited once, late touches change it, a killed run is repaired."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from adplatform.clients import clickhouse
from adplatform.clients.clickhouse import ClickHouseUnavailable
from campaigns.attribution import Model
from reporting import tasks
from reporting.attribution import credit, statements
from reporting.attribution.chunks import CONVERSIONS
from reporting.models import AttributionRun
from tests.factories import AttributionRuleFactory, TenantFactory
from tests.reporting.attribution.journeys import NOW, credited, event, store

LONG_AGO = NOW - timedelta(days=1)  # before every overlap of runs


def touch_of(tenant, conversion: int, model=Model.LAST_TOUCH) -> set[int]:
    return {touch.int for touch in credited(model, tenant_id=tenant.pk)[UUID(int=conversion)][1]}


def rows():
    return clickhouse.query("SELECT * FROM ad_conversion_credits ORDER BY ALL")


def runs(tenant):
    return AttributionRun.objects.for_tenant(tenant.pk)


@pytest.fixture
def store_of(tenant):
    """Store an event of the tenant; its id is a small number."""

    def keep(kind, hours_ago, event_id, **fields):
        stored = fields.pop("inserted_at", None)
        made = event(kind, hours_ago, event_id=event_id, tenant_id=tenant.pk, **fields)
        store([made], inserted_at=stored)

    return keep


def test_new_conversions_are_credited_and_the_run_says_so(tenant, store_of, credit_news):
    store_of("CLICK", 3, 1)
    store_of("CONVERSION", 2, 2)
    store_of("CONVERSION", 2, 3, user_id="nobody else")
    run = credit_news()
    assert (run.conversions, run.changed, run.attributed, run.error) == (2, 2, 1, "")
    assert run.finished_at
    assert touch_of(tenant, 2) == {1}
    assert touch_of(tenant, 3) == {0}


def test_a_second_run_changes_nothing(tenant, store_of, credit_news):
    store_of("CLICK", 3, 1)
    store_of("CONVERSION", 2, 2)
    credit_news()
    before = rows()
    again = credit_news()  # sees the same events once more: they are younger than the overlap
    assert (again.conversions, again.changed) == (1, 0)
    assert rows() == before


def test_without_news_there_is_no_run_but_the_watermark_moves(tenant, store_of, credit_news):
    store_of("CONVERSION", 30, 2, inserted_at=LONG_AGO)
    first = credit_news()
    assert credit_news() is None
    assert runs(tenant).get().watermark > first.watermark


def test_a_late_touch_changes_the_credit(tenant, store_of, credit_news):
    store_of("CONVERSION", 30, 9, inserted_at=LONG_AGO)
    store_of("VIEW", 31, 1, inserted_at=LONG_AGO)
    credit_news()
    assert touch_of(tenant, 9) == {1}
    store_of("CLICK", 150, 2, user_id="somebody else")
    store_of("CLICK", 160, 3)
    run = credit_news()
    assert (run.conversions, run.changed, run.attributed) == (1, 1, 1)
    assert touch_of(tenant, 9) == {3}


def test_a_conversion_that_nothing_new_concerns_is_left_alone(tenant, store_of, credit_news):
    store_of("CONVERSION", 30, 8, user_id="old", inserted_at=LONG_AGO)
    credit_news()
    store_of("CONVERSION", 30, 9)
    assert credit_news().conversions == 1


def test_tenants_never_mix(tenant, store_of, credit_news):
    other = TenantFactory()
    store([event("CLICK", 3, event_id=1, tenant_id=other.pk)])
    store_of("CONVERSION", 2, 9)
    credit_news()
    assert touch_of(tenant, 9) == {0}
    assert credited(Model.LINEAR, tenant_id=other.pk) == {}


def test_the_windows_are_the_tenants_own(tenant, store_of, credit_news, credit_all):
    store_of("CLICK", 5, 1)
    store_of("CONVERSION", 2, 9)
    rule = AttributionRuleFactory(tenant=tenant, click_window_hours=1)
    credit_news()
    assert touch_of(tenant, 9) == {0}
    rule.click_window_hours = 3
    rule.save()
    credit_all()
    assert touch_of(tenant, 9) == {1}


def test_a_run_that_was_killed_is_repaired_by_the_next(tenant, store_of, credit_news):
    store_of("CLICK", 40, 1, inserted_at=LONG_AGO)
    store_of("CONVERSION", 39, 8, inserted_at=LONG_AGO)
    store_of("CONVERSION", 2, 9, inserted_at=LONG_AGO)
    killed = AttributionRun.across_tenants.create(tenant=tenant, started_at=NOW)
    half = statements.Scope(
        tenant.pk, statements.Rule(720, 24), NOW - timedelta(hours=40), NOW - timedelta(hours=30)
    )
    params = half.params() | {"version": killed.pk}
    clickhouse.query(statements.insert(half), params, settings=statements.SETTINGS)
    assert set(credited(Model.LINEAR, tenant_id=tenant.pk)) == {UUID(int=8)}
    assert credit_news().changed == 1
    assert touch_of(tenant, 8) == touch_of(tenant, 9) == {1}


def test_a_failure_is_recorded_and_the_next_run_repeats_it(tenant, store_of, credit_news):
    store_of("CONVERSION", 2, 9)
    clickhouse.command("RENAME TABLE ad_conversion_credits TO somewhere_else")
    try:
        assert "ad_conversion_credits" in credit_news().error
    finally:
        clickhouse.command("RENAME TABLE somewhere_else TO ad_conversion_credits")
    assert runs(tenant).get().watermark is None
    assert credit_news().changed == 1


def test_more_conversions_than_fit_one_statement_are_credited_once_each(tenant, credit_news):
    many = [
        event("CONVERSION", hours, event_id=number * 3 + hours, tenant_id=tenant.pk)
        for number in range(1, CONVERSIONS // 2)
        for hours in (0, 1, 2)
    ]
    store(many)
    assert credit_news().changed == len(many)
    assert set(credited(Model.LINEAR, tenant_id=tenant.pk)) == {each.event_id for each in many}


@pytest.fixture
def expired(tenant, store_of, credit_news):
    """A conversion whose click was credited and is gone: the tenant keeps events for a week."""

    def expire(kind="CLICK"):
        AttributionRuleFactory(tenant=tenant, view_window_hours=720)
        store_of(kind, 200, 1, inserted_at=LONG_AGO)
        store_of("CONVERSION", 100, 9, inserted_at=LONG_AGO)
        credit_news()
        tenant.event_retention_days = 7
        tenant.save()
        gone(1)

    return expire


def gone(event_id: int) -> None:
    clickhouse.query(
        "ALTER TABLE ad_events_raw DELETE WHERE event_id = %(id)s",
        {"id": str(UUID(int=event_id))}, settings={"mutations_sync": 2},
    )  # fmt: skip


def test_a_touch_that_expired_keeps_its_credit(tenant, store_of, credit_news, expired):
    expired()
    store_of("VIEW", 110, 2)
    run = credit_news()
    assert (run.conversions, run.changed) == (1, 0)
    for model in Model:
        assert touch_of(tenant, 9, model) == {1}


def test_a_late_click_beats_a_view_that_expired(tenant, store_of, credit_news, expired):
    expired("VIEW")
    store_of("CLICK", 110, 2)
    credit_news()
    assert touch_of(tenant, 9) == {2}


def test_the_command_says_where_touches_have_expired(tenant, expired, capsys):
    expired()
    since = (NOW - timedelta(days=6)).isoformat()
    call_command("attribute_conversions", "--tenant", str(tenant.pk), "--since", since)
    assert "have expired" in capsys.readouterr().err
    assert touch_of(tenant, 9) == {1}
    recent = (NOW - timedelta(days=1)).isoformat()
    call_command("attribute_conversions", "--tenant", str(tenant.pk), "--since", recent)
    assert capsys.readouterr().err == ""


def test_a_conversion_that_is_gone_loses_its_credits(tenant, store_of, credit_news):
    store_of("CONVERSION", 2, 8)
    store_of("CONVERSION", 200, 9)
    credit_news()
    gone(9)
    credit.credit_again(tenant.pk, now=NOW)
    assert set(credited(Model.LINEAR, tenant_id=tenant.pk)) == {UUID(int=8)}


def test_the_tasks_credit_every_tenant(tenant, store_of):
    other = TenantFactory()
    store([event("CONVERSION", 2, event_id=8, tenant_id=other.pk)])
    store_of("CONVERSION", 2, 9)
    tasks.credit_news()
    tasks.credit_again()
    assert set(credited(Model.LINEAR, tenant_id=tenant.pk)) == {UUID(int=9)}
    assert set(credited(Model.LINEAR, tenant_id=other.pk)) == {UUID(int=8)}


def test_the_command_says_what_it_did(tenant, store_of, capsys):
    store_of("CONVERSION", 2, 9)
    call_command("attribute_conversions", "--tenant", str(tenant.pk))
    assert "1 conversions, 1 changed, 0 of these credited" in capsys.readouterr().out
    since = (NOW - timedelta(days=3)).isoformat()
    call_command("attribute_conversions", "--since", since, "--json")
    assert '"conversions": 1, "changed": 0' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tenant", "999999"], "no tenant 999999"),
        (["--since", "2026-11-02", "--until", "2026-11-01"], "is not after"),
        (["--since", "yesterday"], "is no date"),
    ],
)
def test_the_command_refuses_nonsense(tenant, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("attribute_conversions", *arguments)
    assert not runs(tenant).exists()


def test_the_command_fails_while_clickhouse_is_away(tenant, settings):
    clickhouse.disconnect()
    settings.CLICKHOUSE_URL = "clickhouse://127.0.0.1:1/default"
    with pytest.raises(CommandError, match="does not answer"):
        call_command("attribute_conversions")
    with pytest.raises(ClickHouseUnavailable):
        credit.credit_news(tenant.pk, now=timezone.now())
    tasks.credit_news()
    assert not runs(tenant).exists()
