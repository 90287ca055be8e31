"""Events of two accounts and several users, stored as the consumer stores them."""

import itertools
import threading
from datetime import timedelta

import pytest

from adplatform.clients import clickhouse
from events.forgetting.forget import Removed, forget
from events.plan import Bounds
from events.records import Arrived
from events.store import insert
from events.tiers import DIMENSIONS, MEASURES, TIERS, select_from_raw
from events.types import Event, EventType
from tenants.models import Tenant
from tests.events.builders import NOON, an_event
from tests.factories import TenantFactory

TYPES = (EventType.IMPRESSION, EventType.VIEW, EventType.CLICK, EventType.CONVERSION)


class Store:
    """What ClickHouse holds; ``put`` is one insert of the consumer."""

    def __init__(self) -> None:
        self._offsets = itertools.count(0, 1000)
        self._guard = threading.Lock()

    def put(self, events: list[Event], first: int | None = None) -> int:
        """Insert a batch; the same ``first`` again is the same batch again."""
        if first is None:
            with self._guard:
                first = next(self._offsets)
        bounds = Bounds("topic", 0, first, first + len(events) - 1)
        arrived = [Arrived(event, first + place) for place, event in enumerate(events)]
        insert(arrived, bounds)
        return first

    def users(self, tenant: Tenant) -> dict[str, int]:
        """Stored rows by user."""
        rows = clickhouse.query(
            "SELECT user_id, count() FROM ad_events_raw FINAL WHERE tenant_id = %(id)s "
            "GROUP BY user_id",
            {"id": tenant.pk},
        )
        return dict(rows)

    def sums(self) -> list[list[tuple]]:
        """Every tier's counts; rows of zeros are no rows."""
        keys = ", ".join(DIMENSIONS)
        sums = ", ".join(f"sum({name})" for name in MEASURES)
        return [
            clickhouse.query(
                f"SELECT {tier.bucket}, {keys}, {sums} FROM {tier.table} "
                f"GROUP BY {tier.bucket}, {keys} HAVING ({sums}) != ({', '.join('0' * 11)}) "
                f"ORDER BY {tier.bucket}, {keys}"
            )
            for tier in TIERS
        ]

    def raw_sums(self) -> list[list[tuple]]:
        """What every tier must be."""
        keys = ", ".join(DIMENSIONS)
        return [
            clickhouse.query(f"{select_from_raw(tier)} ORDER BY {tier.bucket}, {keys}")
            for tier in TIERS
        ]


def visits(tenant: Tenant, user_id: str, count: int = 8, **fields) -> list[Event]:
    """A user's events over two days and two campaigns, some of them invalid."""
    return [
        an_event(
            tenant_id=tenant.pk,
            user_id=user_id,
            session_id=f"session of {user_id}",
            event_type=TYPES[number % 4],
            campaign_id=1 + number % 2,
            ts=NOON + timedelta(hours=5 * number),
            value_cents=number,
            cost_micros=7 * number,
            invalid_reason="known_bot" if number % 5 == 4 else "",
            **fields,
        )
        for number in range(count)
    ]


def remove(tenant: Tenant, user_id: str, **options) -> Removed:
    chosen = {"by": "test", "counters": lambda _tenant, _names: 0, **options}
    return forget(tenant.pk, user_id, **chosen)


@pytest.fixture
def store(event_store, db) -> Store:
    return Store()


@pytest.fixture
def tenant(store) -> Tenant:
    """An account with three users; another account has a user of the same name."""
    tenant, other = TenantFactory(), TenantFactory()
    store.put(
        visits(tenant, "anna")
        + visits(tenant, "ben")
        + visits(tenant, "", 4)
        + visits(other, "anna")
    )
    return tenant
