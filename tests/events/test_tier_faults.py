"""The chain of tiers under faults: repeats, a stage that fails, merges, batches over months."""

from datetime import timedelta

import pytest

from adplatform.clients import clickhouse
from events import store
from events.plan import Bounds
from events.records import Arrived
from events.tiers import DAY, MINUTE, QUARTER, TIERS, Tier
from events.types import EventType
from tests.events.builders import NOON, an_event
from tests.events.reconcile.conftest import agrees, rows_of, truth

BOUNDS = Bounds("tier-faults", 0, 0, 99)


def a_batch() -> list[Arrived]:
    """A hundred events over four months."""
    return [
        Arrived(
            an_event(
                ts=NOON - timedelta(hours=26 * number),
                tenant_id=1 + number % 2,
                event_type=list(EventType)[number % 5],
                cost_micros=number,
            ),
            number,
        )
        for number in range(100)
    ]


def test_the_same_insert_again_changes_no_tier(event_store):
    batch = a_batch()
    for _ in range(3):
        store.insert(batch, BOUNDS)
        assert clickhouse.query("SELECT count() FROM ad_events_raw") == [(100,)]
        assert agrees()
    assert len({key[0].month for key in truth(DAY)}) >= 4


def away(tier: Tier) -> tuple[str, str]:
    return (
        f"RENAME TABLE {tier.table} TO {tier.table}_away",
        f"RENAME TABLE {tier.table}_away TO {tier.table}",
    )


def refusing(tier: Tier) -> tuple[str, str]:
    """It fails while the block is written: raw rows and finer tiers may be there already."""
    return (
        f"ALTER TABLE {tier.table} ADD CONSTRAINT broken CHECK 0",
        f"ALTER TABLE {tier.table} DROP CONSTRAINT broken",
    )


@pytest.mark.parametrize("tier", TIERS, ids=lambda tier: tier.bucket)
@pytest.mark.parametrize("fault", [away, refusing], ids=["away", "refusing"])
def test_a_stage_that_failed_is_healed_by_the_same_insert(event_store, tier, fault):
    batch = a_batch()
    breaks, heals = fault(tier)
    clickhouse.command(breaks)
    try:
        with pytest.raises((store.TryLater, store.RowsRefused)):
            store.insert(batch, BOUNDS)
    finally:
        clickhouse.command(heals)
    for _ in range(2):
        store.insert(batch, BOUNDS)
        assert agrees()


def test_reports_are_the_same_before_and_after_merges(event_store):
    for number, event in enumerate(a_batch()[:30]):
        store.insert([event], Bounds("tier-faults", 1, number, number))
    before = [rows_of(tier.table, tier) for tier in (MINUTE, QUARTER, DAY)]
    for table in ("ad_events_raw", *(tier.table for tier in TIERS)):
        clickhouse.command(f"OPTIMIZE TABLE {table} FINAL")
    assert before == [rows_of(tier.table, tier) for tier in (MINUTE, QUARTER, DAY)]
    assert agrees()
