"""How fresh reports are, asked of the consumer's ledger; nothing is known while it is away."""

from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from events import ledger
from events.reconcile import record
from reporting.attribution import runs
from reporting.freshness import Arrival, Freshness, freshness

UNREADABLE: Final = (ledger.LedgerUnavailable, DatabaseError, InterfaceError)


def current(tenant_id: int) -> Freshness:
    """The freshness of the events' topic and of the tenant's credits.

    Every field is None when PostgreSQL does not answer.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    try:
        credited_until = runs.watermark(tenant_id)
    except UNREADABLE:
        return Freshness()
    return of_topic(settings.EVENTS_TOPIC, record.reconciled_until(), credited_until)


def of_topic(
    topic: str, reconciled_until: datetime | None = None, credited_until: datetime | None = None
) -> Freshness:
    """How far a topic is stored; every field is None when PostgreSQL does not answer."""
    try:
        rows = ledger.rows(topic)
    except UNREADABLE:
        return Freshness()
    return freshness(
        [Arrival(row.watermark, row.caught_up_at, row.partition_count) for row in rows],
        now=datetime.now(UTC),
        stale_after=timedelta(seconds=settings.REPORT_STALE_SECONDS),
        reconciled_until=reconciled_until,
        credited_until=credited_until,
    )
