"""The reconciler on the real engine: it finds exactly the damage and repairs it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adplatform.clients import clickhouse
from events.models import PartitionLedger
from events.reconcile import record, run
from events.reconcile import window as windows
from events.reconcile.lock import only_one
from events.reconcile.window import Window
from events.tiers import DAY, MEASURES, MINUTE, QUARTER, TIERS
from events.types import EventType, InvalidReason
from tests.events.builders import an_event
from tests.events.reconcile.conftest import (
    IN_CLOSED,
    YESTERDAY,
    agrees,
    damage,
    days_around,
    double,
    keep,
    remove,
    reported,
)

OPEN, CLOSED = days_around(YESTERDAY), days_around(IN_CLOSED)
WINDOWS = pytest.mark.parametrize("window", [OPEN, CLOSED], ids=["open", "closed"])
pytestmark = pytest.mark.django_db


def mend(window: Window) -> run.Report:
    return run.mend(window, settle_seconds=0)


def of_window(window: Window):
    return {
        spot: rows
        for spot, rows in damage().items()
        if window.since <= spot.period.timestamp() < window.until
    }


@WINDOWS
def test_sound_tiers_are_left_alone(some_events, window):
    report = mend(window)
    assert not report.found + report.remaining
    assert not report.duplicates
    assert report.rows_written == 0
    assert agrees()


@WINDOWS
@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.bucket)
def test_rows_that_one_tier_lost_come_back_in_it_alone(some_events, window, tier):
    remove(tier, "tenant_id = 1")
    found = mend(window).found
    assert {each.spot.table for each in found} == {tier.table}
    assert of_window(window) == {}


def test_it_says_that_it_waits(some_events):
    said: list[str] = []
    remove(TIERS[0], "tenant_id = 1")
    run.mend(OPEN, settle_seconds=0, tell=said.append)
    run.mend(OPEN, settle_seconds=0, tell=said.append)
    assert [line.partition("; ")[2] for line in said] == ["looking again in 0 s"]


@WINDOWS
def test_rows_that_every_tier_lost_come_back_once(some_events, window):
    for tier in TIERS:
        remove(tier)
    assert mend(window).remaining == []
    assert of_window(window) == {}


@WINDOWS
@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.bucket)
def test_rows_that_were_counted_twice_are_taken_back(some_events, window, tier):
    double(tier)
    assert reported(run.check(window, settle_seconds=0).found) == of_window(window) != {}
    assert mend(window).remaining == []
    assert of_window(window) == {}


def test_negative_rows_survive_merges_and_the_views(some_events):
    double(MINUTE)
    mend(OPEN)
    for tier in TIERS:
        clickhouse.command(f"OPTIMIZE TABLE {tier.table} FINAL")
    assert of_window(OPEN) == {}
    total = clickhouse.query(f"SELECT sum(impressions) FROM {MINUTE.table} WHERE tenant_id = 1")
    assert total[0][0] == 6  # two of the open month, and four of the closed one, still doubled


def test_the_same_repair_with_the_same_run_counts_once(some_events):
    remove(MINUTE)
    remove(QUARTER)
    remove(DAY)
    spots = {each.spot for each in run.check(OPEN, settle_seconds=0).found}
    missing = run._look(spots)
    with only_one():
        for _ in range(3):
            run._write(missing, "the same run")
    assert of_window(OPEN) == {}


def test_a_difference_that_sums_hide_is_found(some_events):
    names = ", ".join(MEASURES)
    clickhouse.query(
        f"INSERT INTO {DAY.table} (day, tenant_id, campaign_id, {names}) "
        f"SELECT day, tenant_id, campaign_id + 1, {names} FROM {DAY.table} WHERE tenant_id = 1"
    )
    remove(DAY, "tenant_id = 1 AND campaign_id NOT IN (1, 4)")
    found = run.check(OPEN, settle_seconds=0).found
    assert [each.measures() for each in found] == [[("dimensions", 0, 4)]]
    assert mend(OPEN).remaining == []


def test_an_hour_that_is_still_written_to_is_left_alone(some_events):
    remove(MINUTE)
    report = run.check(OPEN, settle_seconds=3600)
    assert report.found == []
    assert report.unsettled == 2


def test_a_batch_that_a_consumer_has_not_finished_is_left_alone(some_events):
    remove(MINUTE)
    first = clickhouse.query("SELECT min(batch_first) FROM ad_events_raw WHERE tenant_id = 1")
    PartitionLedger.objects.create(
        topic="t",
        partition=0,
        topic_id="reconcile",
        next_offset=0,
        open_first=first[0][0],
        open_last=first[0][0],
        opened_at=datetime.now(UTC),
    )
    report = run.check(OPEN, settle_seconds=0)
    assert [each.spot.tenant_id for each in report.found] == [2]
    assert report.unsettled == 1


def test_expired_raw_rows_are_not_taken_for_counts_too_many(some_events, settings):
    clickhouse.insert_columns(
        "ad_events_retention",
        {
            "applied_at": [datetime.now(UTC) - timedelta(days=2)] * 2,
            "tenant_id": [0, 1],
            "days": [400, 2],
        },
    )
    clickhouse.query("ALTER TABLE ad_events_raw DELETE WHERE 1", settings={"mutations_sync": 2})
    found = run.check(CLOSED, settle_seconds=0).found
    assert {each.spot.tenant_id for each in found} == {2}
    mend(CLOSED)
    rows = f"SELECT tenant_id, sum(impressions) FROM {DAY.table} WHERE day < %(day)s GROUP BY 1"
    assert clickhouse.query(rows, {"day": YESTERDAY.date()}) == [(1, 2)]


def test_a_tier_is_not_compared_beyond_its_own_days(some_events, settings):
    settings.EVENTS_MINUTE_DAYS = 1
    for tier in TIERS:
        remove(tier)
    assert MINUTE.table not in {
        each.spot.table for each in run.check(CLOSED, settle_seconds=0).found
    }


def test_reconciled_until_stops_at_the_first_difference(some_events):
    assert record.reconciled_until() is None
    this_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    end = min(datetime.fromtimestamp(OPEN.until, UTC), this_hour)
    assert run.check(OPEN, settle_seconds=0).reconciled_until == end
    remove(MINUTE)
    assert run.check(OPEN, settle_seconds=0).reconciled_until == YESTERDAY
    mend(OPEN)
    until = record.reconciled_until()
    assert until is not None
    assert until >= end


def test_duplicates_and_gaps_are_reported(event_store):
    event = an_event(ts=YESTERDAY)
    keep(event)
    keep(event)
    report = run.check(OPEN, settle_seconds=0)
    assert [(each.tenant_id, each.extra) for each in report.duplicates] == [(1, 1)]
    assert mend(OPEN).remaining == []
    today = run.check(days_around(datetime.now(UTC)), settle_seconds=0)
    assert [each.last - each.first + 1 for each in today.gaps] == [9_999]


MOMENTS = st.builds(
    lambda base, seconds: base + timedelta(seconds=seconds),
    st.sampled_from([YESTERDAY, IN_CLOSED]),
    st.one_of(
        st.integers(0, 86_399),
        st.sampled_from([30 * 3600 - 1, 30 * 3600, 6 * 3600 - 1, 6 * 3600, 899, 900, 59, 60]),
    ),
)
EVENTS = st.builds(
    an_event,
    ts=MOMENTS,
    tenant_id=st.integers(1, 3),
    event_type=st.sampled_from(EventType),
    invalid_reason=st.sampled_from(
        [InvalidReason.NONE, InvalidReason.NONE, InvalidReason.PREFETCH]
    ),
    is_test=st.sampled_from([False, False, False, True]),
    campaign_id=st.integers(0, 2),
    ad_id=st.sampled_from(["", "1-2"]),
    value_cents=st.integers(-500, 500),
    cost_micros=st.integers(0, 1000),
)
HARM = st.tuples(
    st.sampled_from([remove, double, lambda tier, where: remove(tier)]),
    st.sampled_from(TIERS),
    st.sampled_from(["tenant_id = 1", "impressions > 0", "campaign_id != 0", "cost_micros % 2"]),
)
PROPERTY = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@PROPERTY
@given(batches=st.lists(st.lists(EVENTS, min_size=1, max_size=20), max_size=4))
def test_raw_rows_and_every_tier_add_up_to_the_same(event_store, batches):
    _empty()
    for batch in batches:
        keep(*batch)
    assert agrees()
    for tier in TIERS:
        clickhouse.command(f"OPTIMIZE TABLE {tier.table} FINAL")
    assert agrees()


@settings(PROPERTY, max_examples=4)  # each repairs and compares twice: seconds
@given(batch=st.lists(EVENTS, min_size=1, max_size=30), harms=st.lists(HARM, max_size=3))
def test_any_damage_is_reported_exactly_and_repaired(event_store, batch, harms):
    _empty()
    keep(*batch)
    for harm, tier, where in harms:
        harm(tier) if harm is double else harm(tier, where)
    for first in (IN_CLOSED, YESTERDAY):
        window = windows.window(first, first + timedelta(days=2))
        before = of_window(window)
        assert reported(mend(window).found) == before
        assert of_window(window) == {}
    assert agrees()


def _empty() -> None:
    for table in ("ad_events_raw", *(tier.table for tier in TIERS)):
        clickhouse.command(f"TRUNCATE TABLE {table}")
