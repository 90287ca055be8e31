"""Applying how long events and their counts stay, as TTLs of the ClickHouse tables."""

import re
from datetime import UTC, datetime
from typing import Final

import structlog
from django.conf import settings
from django.db import ProgrammingError, transaction

from adplatform.clients import clickhouse
from events import ttl
from events.tiers import DAY, MINUTE, QUARTER, RAW, Tier
from tenants.selectors import event_retention

log = structlog.get_logger(__name__)

TTL_CLAUSE: Final = re.compile(r" TTL (.*?)(?: SETTINGS |$)", re.DOTALL)


def wanted() -> ttl.Retention:
    """What the settings and the tenants ask for.

    While PostgreSQL is still being migrated, as at a first start, no tenant asks for anything: the
    daily task applies what they do.
    """
    try:
        with transaction.atomic():
            tenants = event_retention()
    except ProgrammingError:
        log.info("tenants_not_migrated")
        tenants = {}
    return ttl.Retention(settings.EVENTS_RAW_DAYS, tenants)


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
    differs = [table for table, text in expressions.items() if text != current(table)]
    altered = [table for table in differs if not is_distributed(table)]
    if RAW in altered:
        _remember(retention)  # first: a crash in between must not look like longer coverage
    for table in altered:
        clickhouse.command(f"ALTER TABLE {table} MODIFY TTL {expressions[table]}")
    return altered


def current(table: str) -> str:
    """The TTL that a table has, as ClickHouse prints it; empty: none."""
    found = TTL_CLAUSE.search(_engine(table))
    return found.group(1) if found else ""


def is_distributed(table: str) -> bool:
    """Whether the rows lie on shards, where this has to run (docs/event-store.md)."""
    return _engine(table).startswith("Distributed")


def applied() -> list[ttl.Applied]:
    """Every retention of raw rows that was in force, the oldest first."""
    rows = clickhouse.query("SELECT applied_at, tenant_id, days FROM ad_events_retention FINAL")
    return ttl.history((_utc(at), int(tenant_id), int(days)) for at, tenant_id, days in rows)


def _engine(table: str) -> str:
    rows = clickhouse.query(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase()"
        " AND name = %(table)s",
        {"table": table},
    )
    return str(rows[0][0]) if rows else ""


def _remember(retention: ttl.Retention) -> None:
    tenant_ids, days = zip(*retention.rows(), strict=True)
    now = datetime.now(UTC)
    clickhouse.insert_columns(
        "ad_events_retention",
        {"applied_at": [now] * len(days), "tenant_id": list(tenant_ids), "days": list(days)},
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
