"""How fresh reports are, asked of the consumer's ledger; nothing is known while it is away."""

from datetime import UTC, datetime, timedelta

from django.conf import settings

from events import ledger
from events.reconcile import record
from reporting.freshness import Arrival, Freshness, freshness


def current() -> Freshness:
    """The freshness of the events' topic; every field None when PostgreSQL does not answer.

    Raises:
        ClickHouseUnavailable: the analytics store did not answer.
    """
    try:
        rows = ledger.rows(settings.EVENTS_TOPIC)
    except ledger.LedgerUnavailable:
        return Freshness()
    arrivals = [Arrival(row.watermark, row.caught_up_at, row.partition_count) for row in rows]
    return freshness(
        arrivals,
        now=datetime.now(UTC),
        stale_after=timedelta(seconds=settings.REPORT_STALE_SECONDS),
        reconciled_until=record.reconciled_until(),
    )
