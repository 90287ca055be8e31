"""Applying how long events and their counts stay, as TTLs of the ClickHouse tables."""

import re
from datetime import UTC, datetime
from typing import Final

from django.conf import settings

from adplatform.clients import clickhouse
from events import ttl
from events.tiers import DAY, MINUTE, QUARTER, RAW, Tier
from tenants.selectors import event_retention

TTL_CLAUSE: Final = re.compile(r" TTL (.*?)(?: SETTINGS |$)", re.DOTALL)


def wanted() -> ttl.Retention:
    """What the settings and the tenants ask for."""
    return ttl.Retention(settings.EVENTS_RAW_DAYS, event_retention())


def tier_days() -> dict[Tier, int]:
    """How long each tier stays."""
    return {
        MINUTE: settings.EVENTS_MINUTE_DAYS,
        QUARTER: settings.EVENTS_QUARTER_DAYS,
        DAY: settings.EVENTS_DAY_DAYS,
    }


def apply() -> list[str]:
    """Alter the tables whose TTL is not the wanted one; returns their names.

    Altering makes ClickHouse look through every part of the table in the background, so that rows
    that have expired by the new rule disappear.
    """
    retention = wanted()
    expressions = {RAW: ttl.raw_ttl(retention)}
    expressions |= {tier.table: ttl.tier_ttl(tier, days) for tier, days in tier_days().items()}
    altered = [table for table, text in expressions.items() if text != current(table)]
    if RAW in altered:
        _remember(retention)  # first: a crash in between must not look like longer coverage
    for table in altered:
        clickhouse.command(f"ALTER TABLE {table} MODIFY TTL {expressions[table]}")
    return altered


def current(table: str) -> str:
    """The TTL that a table has, as ClickHouse prints it; empty: none."""
    rows = clickhouse.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase()"
        " AND name = %(table)s",
        {"table": table},
    )
    found = TTL_CLAUSE.search(rows[0][0]) if rows else None
    return found.group(1) if found else ""


def applied() -> list[ttl.Applied]:
    """Every retention of raw rows that was in force, the oldest first."""
    rows = clickhouse.query("SELECT applied_at, tenant_id, days FROM ad_events_retention FINAL")
    return ttl.history((_utc(at), int(tenant_id), int(days)) for at, tenant_id, days in rows)


def _remember(retention: ttl.Retention) -> None:
    tenant_ids, days = zip(*retention.rows(), strict=True)
    now = datetime.now(UTC)
    clickhouse.insert_columns(
        "ad_events_retention",
        {"applied_at": [now] * len(days), "tenant_id": list(tenant_ids), "days": list(days)},
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
