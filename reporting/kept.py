"""Since when each source has all rows of a tenant, from the settings and what was deleted."""

from datetime import UTC, datetime, timedelta

from events import retention, ttl
from reporting.source import Kept

DAY = timedelta(days=1)


def tiers(now: datetime) -> Kept:
    """Of the tiers, without raw events, which cost a question to ClickHouse."""
    return {
        None: int(now.timestamp()),
        **{tier: _since(now - days * DAY) for tier, days in retention.tier_days().items()},
    }


def with_raw(kept: Kept, tenant_id: int, now: datetime) -> Kept:
    """Of raw events too: a tenant may keep them for less time than the platform.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    return {**kept, None: _since(raw_since(tenant_id, now))}


def raw_since(tenant_id: int, now: datetime) -> datetime:
    """Since when no single event of the tenant has expired, by every retention so far.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    current = ttl.Applied(datetime(1970, 1, 1, tzinfo=UTC), retention.wanted())
    past = ttl.covered_since(retention.applied(), tenant_id, now)
    return max(past, ttl.covered_since([current], tenant_id, now))


def _since(moment: datetime) -> int:
    return max(0, int(moment.timestamp()))
