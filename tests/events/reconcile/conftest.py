"""Stored events, damage to tiers, and what an independent count says about both."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.reconcile import window
from events.reconcile.window import Window
from events.records import Arrived
from events.tiers import DAY, DIMENSIONS, MEASURES, TIERS, Tier, select_from_raw
from events.types import Event
from tests.events.builders import an_event

OFFSETS = count()
NOW = datetime.now(UTC)
YESTERDAY = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def _last_closed_month() -> int:
    moment = NOW
    while not window.is_closed(moment.year * 100 + moment.month, NOW):
        moment = moment.replace(day=1) - timedelta(days=1)
    return moment.year * 100 + moment.month


CLOSED = window.month_bounds(_last_closed_month())
IN_CLOSED = datetime.fromtimestamp(CLOSED.until, UTC) - timedelta(hours=30)


def days_around(moment: datetime) -> Window:
    return window.window(moment, moment + timedelta(days=1))


def keep(*events: Event) -> None:
    """Store events as the consumer does."""
    first = next(OFFSETS) * 10_000
    batch = [Arrived(event, first + place) for place, event in enumerate(events)]
    store.insert(batch, Bounds("reconcile", 0, first, first + len(events) - 1))


def remove(tier: Tier, where: str = "1") -> None:
    """Delete rows of one tier, behind the views' backs."""
    clickhouse.query(
        f"ALTER TABLE {tier.table} DELETE WHERE {where}", settings={"mutations_sync": 2}
    )


def double(tier: Tier) -> None:
    """Insert a tier's rows again; the views carry them on."""
    names = ", ".join((tier.bucket, *DIMENSIONS, *MEASURES))
    clickhouse.query(
        f"INSERT INTO {tier.table} ({names}) SELECT {names} FROM {tier.table}",
        settings={"insert_deduplicate": 0},
    )


def rows_of(source: str, tier: Tier) -> dict[tuple, tuple]:
    """What a table adds up to, by bucket and dimensions; rows of zeros left out."""
    keys = ", ".join((tier.bucket, *DIMENSIONS))
    sums = ", ".join(f"sum({name})" for name in MEASURES)
    rows = clickhouse.query(f"SELECT {keys}, {sums} FROM {source} GROUP BY {keys}")
    width = 1 + len(DIMENSIONS)
    return {row[:width]: row[width:] for row in rows if any(row[width:])}


def truth(tier: Tier) -> dict[tuple, tuple]:
    return rows_of(f"({select_from_raw(tier)})", tier)


def agrees() -> bool:
    """Whether every tier is exactly what the raw rows add up to."""
    return all(rows_of(tier.table, tier) == truth(tier) for tier in TIERS)


@dataclass(frozen=True)
class Damage:
    """One line of what a report must say."""

    table: str
    period: datetime
    tenant_id: int


def damage() -> Counter[Damage]:
    """Spots that differ, and in how many rows, counted in Python."""
    found: Counter[Damage] = Counter()
    for tier in TIERS:
        counted, true = rows_of(tier.table, tier), truth(tier)
        for key in counted.keys() | true.keys():
            if counted.get(key) != true.get(key):
                found[Damage(tier.table, _period(tier, key[0]), key[1])] += 1
    return found


def reported(differences) -> Counter[Damage]:
    return Counter(
        {
            Damage(
                each.spot.table,
                datetime.fromtimestamp(each.spot.period, UTC),
                each.spot.tenant_id,
            ): each.rows
            for each in differences
        }
    )


def _period(tier: Tier, bucket: datetime) -> datetime:
    if tier is DAY:
        return datetime(bucket.year, bucket.month, bucket.day, tzinfo=UTC)
    return bucket.replace(minute=0, tzinfo=UTC)


@pytest.fixture
def some_events(event_store, db):
    """An impression and a click of two tenants, a day ago and in a closed month."""
    for moment in (YESTERDAY, IN_CLOSED):
        for tenant_id in (1, 2):
            keep(
                an_event(ts=moment, tenant_id=tenant_id, cost_micros=5, campaign_id=3),
                an_event(ts=moment + timedelta(minutes=20), tenant_id=tenant_id),
            )
