"""TTL expressions, and since when raw rows are complete."""

from datetime import UTC, datetime, timedelta

from events.tiers import DAY
from events.ttl import EVER, Applied, Retention, covered_since, history, raw_ttl, tier_ttl

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def test_tenants_with_equal_days_share_a_clause():
    assert raw_ttl(Retention(400, {9: 30, 2: 30, 3: 7, 4: 400, 5: 900})) == (
        "toDateTime(event_time) + toIntervalDay(400), "
        "toDateTime(event_time) + toIntervalDay(7) WHERE tenant_id IN (3), "
        "toDateTime(event_time) + toIntervalDay(30) WHERE tenant_id IN (2, 9)"
    )


def test_a_tier_expires_by_its_bucket():
    assert tier_ttl(DAY, 1830) == "day + toIntervalDay(1830)"


def test_without_a_retention_everything_is_there():
    assert covered_since([], 1, NOW) == EVER


def test_a_tenant_is_covered_as_long_as_it_chose_and_never_longer_than_the_platform():
    applied = [Applied(NOW - days(1), Retention(400, {1: 30, 2: 500}))]
    assert covered_since(applied, 1, NOW) == NOW - days(30)
    assert covered_since(applied, 2, NOW) == covered_since(applied, 3, NOW) == NOW - days(400)


def test_a_longer_retention_does_not_bring_back_what_a_shorter_one_deleted():
    applied = [
        Applied(NOW - days(50), Retention(400, {1: 10})),
        Applied(NOW - days(20), Retention(400, {})),
    ]
    assert covered_since(applied, 1, NOW) == NOW - days(30)
    assert covered_since(applied, 1, NOW + days(380)) == NOW - days(20)


def test_the_log_is_read_back_in_order():
    rows = [(NOW, 0, 400), (NOW, 1, 30), (NOW - days(1), 0, 90), (NOW - days(2), 1, 5)]
    assert history(rows) == [
        Applied(NOW - days(1), Retention(90, {})),
        Applied(NOW, Retention(400, {1: 30})),
    ]
    assert [*Retention(400, {2: 5, 1: 30}).rows()] == [(0, 400), (1, 30), (2, 5)]
