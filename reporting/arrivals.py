"""How fresh reports are, asked of the consumer's ledger; nothing is known while it is away."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from events import ledger
from events.reconcile import record
from reporting.attribution import runs
from reporting.freshness import Arrival, Freshness, freshness


def current(tenant_id: int) -> Freshness:
    """The freshness of the events' topic and of the tenant's credits.

    Every field is None when PostgreSQL does not answer.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    try:
        rows = ledger.rows(settings.EVENTS_TOPIC)
        credited_until = runs.watermark(tenant_id)
    except (ledger.LedgerUnavailable, DatabaseError, InterfaceError):
        return Freshness()
    arrivals = [Arrival(row.watermark, row.caught_up_at, row.partition_count) for row in rows]
    return freshness(
        arrivals,
        now=datetime.now(UTC),
        stale_after=timedelta(seconds=settings.REPORT_STALE_SECONDS),
        reconciled_until=record.reconciled_until(),
        credited_until=credited_until,
    )
