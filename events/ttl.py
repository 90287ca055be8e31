"""How long rows stay: ClickHouse's TTL expressions, and since when raw rows are complete (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from events.tiers import Tier

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
ALL_TENANTS: Final = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that raw rows stay: the platform's, and those of tenants that chose fewer."""

    days: int
    tenants: Mapping[int, int]

    def days_of(self, tenant_id: int) -> int:
        return min(self.days, self.tenants.get(tenant_id, self.days))

    def rows(self) -> list[tuple[int, int]]:
        """Tenant and days; tenant 0 is every other tenant."""
        return [(ALL_TENANTS, self.days), *sorted(self.tenants.items())]


@dataclass(frozen=True, slots=True)
class Applied:
    """A retention that is in force from ``at`` until the next one."""

    at: datetime
    retention: Retention


def raw_ttl(retention: Retention) -> str:
    """The TTL of the raw table, as ClickHouse prints it: one clause for each number of days."""
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for tenant_id, days in retention.tenants.items():
        if days < retention.days:
            groups[days].append(tenant_id)
    clauses = [_after(retention.days)]
    for days, tenant_ids in sorted(groups.items()):
        clauses.append(
            f"{_after(days)} WHERE tenant_id IN ({', '.join(map(str, sorted(tenant_ids)))})"
        )
    return ", ".join(clauses)


def tier_ttl(tier: Tier, days: int) -> str:
    """The TTL of a tier, as ClickHouse prints it."""
    return f"{tier.bucket} + toIntervalDay({days})"


def history(rows: Iterable[tuple[datetime, int, int]]) -> list[Applied]:
    """The retentions of the log (applied_at, tenant_id, days), the oldest first."""
    found: defaultdict[datetime, dict[int, int]] = defaultdict(dict)
    for at, tenant_id, days in rows:
        found[at][tenant_id] = days
    return [
        Applied(at, Retention(tenants.pop(ALL_TENANTS), tenants))
        for at, tenants in sorted(found.items())
        if ALL_TENANTS in tenants
    ]


def covered_since(applied: Sequence[Applied], tenant_id: int, now: datetime) -> datetime:
    """The moment from which no raw row of the tenant has expired.

    A retention that was made longer does not bring back what the shorter one deleted.
    """
    ends = [*(each.at for each in applied[1:]), now]
    expired = (
        end - timedelta(days=each.retention.days_of(tenant_id))
        for each, end in zip(applied, ends, strict=False)
    )
    return max(expired, default=EVER)


def _after(days: int) -> str:
    return f"toDateTime(event_time) + toIntervalDay({days})"
