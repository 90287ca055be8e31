"""The tiers' SQL: the numbered files and the code say the same."""

import pytest

from adplatform.clients import clickhouse
from events import schema, store
from events.plan import Bounds
from events.records import Arrived
from events.tiers import (
    BILLED,
    DIMENSIONS,
    MEASURES,
    MINUTE,
    RAW,
    TIERS,
    select_from_finer,
    select_from_raw,
)
from events.types import EventType, InvalidReason
from tests.events.builders import an_event

BILLING = {"event_type": EventType.BILLING, "cost_micros": 250, "line_item_id": 7, "campaign_id": 3}


def statements() -> list[str]:
    return [statement for file in schema.migrations() for statement in file.statements]


def formatted(sql: str) -> str:
    sql = sql.replace("is_test = 0 AND (1)", "is_test = 0")
    return clickhouse.query("SELECT formatQuery(%(sql)s)", {"sql": sql})[0][0]


def without_settings(sql: str) -> str:
    return sql.partition("\nSETTINGS")[0]


@pytest.mark.parametrize("tier", TIERS, ids=str)
def test_the_view_reads_what_the_code_says(tier):
    (*_, view) = [each for each in statements() if f"IF NOT EXISTS {tier.view} TO" in each]
    wanted = select_from_raw(tier, source=RAW) if tier is MINUTE else select_from_finer(tier)
    assert formatted(view.partition(" AS\n")[2]) == formatted(wanted)


@pytest.mark.parametrize("tier", TIERS, ids=str)
def test_the_rows_of_old_databases_are_computed_as_the_code_says(tier):
    table = "ad_events_minute_new" if tier is MINUTE else tier.table
    (insert,) = [each for each in statements() if each.startswith(f"INSERT INTO {table} ")]
    head, select = without_settings(insert).split(")\nSELECT", 1)
    columns = [name.strip() for name in head.partition("(")[2].split(",")]
    assert columns == [tier.bucket, *DIMENSIONS, *MEASURES]
    assert formatted(f"SELECT{select}") == formatted(select_from_raw(tier))


@pytest.mark.parametrize("tier", TIERS, ids=str)
def test_a_tier_has_exactly_these_columns_and_its_own_deduplication_window(tier, event_schema):
    rows = clickhouse.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = %(table)s"
        " ORDER BY position",
        {"table": tier.table},
    )
    assert [name for (name,) in rows] == [tier.bucket, *DIMENSIONS, *MEASURES]
    engine = clickhouse.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase()"
        " AND name = %(table)s",
        {"table": tier.table},
    )[0][0]
    assert "non_replicated_deduplication_window = 100000" in engine
    assert all(name in engine for name in MEASURES)


def test_only_a_coarser_tier_is_fed_by_a_finer_one():
    with pytest.raises(ValueError, match="select_from_raw"):
        select_from_finer(MINUTE)


def test_a_billing_costs_in_every_tier_and_counts_as_nothing(event_store):
    _store(an_event(**BILLING), an_event(cost_micros=1, campaign_id=3))
    for tier in TIERS:
        rows = clickhouse.query(
            f"SELECT {', '.join(f'sum({n})' for n in MEASURES)} FROM {tier.table}"
        )
        counted = dict(zip(MEASURES, rows[0], strict=True))
        assert {name: n for name, n in counted.items() if n} == {
            "impressions": 1,
            "cost_micros": 251,
        }


def test_what_was_billed_is_kept_apart_once(event_store):
    billed = an_event(**BILLING)
    others = [
        an_event(cost_micros=9, campaign_id=3, line_item_id=7),
        an_event(**BILLING, is_test=True),
        an_event(**BILLING, invalid_reason=InvalidReason.KNOWN_BOT),
    ]
    for _ in range(2):
        _store(billed, *others)
    assert clickhouse.query(
        "SELECT tenant_id, campaign_id, line_item_id, sum(cost_micros), sum(billings) "
        f"FROM {BILLED} GROUP BY ALL"
    ) == [(1, 3, 7, 250, 1)]


def _store(*events):
    batch = [Arrived(event, offset) for offset, event in enumerate(events)]
    store.insert(batch, Bounds("t", 0, 0, len(events) - 1))
