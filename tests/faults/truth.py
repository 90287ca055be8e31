"""What must be stored after a log was consumed, and what is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from adplatform.clients import clickhouse
from events.tiers import TIERS
from events.types import Event

Counts = tuple[int, int]  # impressions and cost_micros


@dataclass
class Expected:
    """Every event that was sent, by tenant and id, and which messages are poison."""

    events: dict[tuple[int, UUID], Event] = field(default_factory=dict)
    poison: set[str] = field(default_factory=set)  # keys of the dead letters

    def add(self, *events: Event) -> None:
        for event in events:
            self.events.setdefault((event.tenant_id, event.event_id), event)

    def of(self, tenant_id: int) -> list[Event]:
        return [event for (tenant, _), event in self.events.items() if tenant == tenant_id]


def check(expected: Expected, tenants: Iterable[int]) -> None:
    """Raw rows = unique events = what was sent = the sum of every tier, for each tenant."""
    for tenant_id in tenants:
        sent = expected.of(tenant_id)
        rows = stored_ids(tenant_id)
        missing = {event.event_id for event in sent} - set(rows)
        assert not missing, f"tenant {tenant_id}: {len(missing)} of {len(sent)} events are lost"
        assert len(rows) == len(set(rows)) == len(sent), (
            f"tenant {tenant_id}: {len(rows)} rows of {len(set(rows))} events, {len(sent)} sent"
        )
        counts = (len(sent), sum(event.cost_micros for event in sent))
        assert tiers(tenant_id) == dict.fromkeys((tier.table for tier in TIERS), counts)


def stored_ids(tenant_id: int) -> list[UUID]:
    """The event ids of a tenant's raw rows, as often as they are there before any merge."""
    rows = clickhouse.query(
        "SELECT event_id FROM ad_events_raw WHERE tenant_id = %(tenant_id)s",
        {"tenant_id": tenant_id},
    )
    return [event_id for (event_id,) in rows]


def tiers(tenant_id: int) -> dict[str, Counts]:
    """What every tier adds up to."""
    return {tier.table: _sums(tier.table, tenant_id) for tier in TIERS}


def _sums(table: str, tenant_id: int) -> Counts:
    rows = clickhouse.query(
        f"SELECT sum(impressions), sum(cost_micros) FROM {table} WHERE tenant_id = %(tenant_id)s",
        {"tenant_id": tenant_id},
    )
    return int(rows[0][0]), int(rows[0][1])
