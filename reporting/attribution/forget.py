"""Remove credits of conversions that are gone; what is left of a person is in no other row."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from adplatform.clients import clickhouse
from reporting.attribution import statements
from reporting.attribution.turns import turn
from reporting.models import AttributionRun
from tenants.models import Tenant

IDS_AT_ONCE: Final = 2000  # keeps a statement below ClickHouse's 256 KB
WAIT_SECONDS: Final = 60.0
EXPIRY: Final = timedelta(days=3)  # rows about to expire may be gone already: no sign of forgetting
AGAIN: Final = timedelta(hours=48)  # versions of this long are looked through


def forget(tenant_id: int, conversion_ids: Sequence[UUID]) -> None:
    """Delete these conversions' credits, after the events themselves are deleted.

    Raises:
        Busy: a run of this tenant did not end within a minute; it might write them again.
    """
    with turn(tenant_id, wait_seconds=WAIT_SECONDS):
        delete(tenant_id, conversion_ids)


def delete(tenant_id: int, conversion_ids: Sequence[UUID]) -> None:
    """The same for who has the tenant's turn."""
    for start in range(0, len(conversion_ids), IDS_AT_ONCE):
        ids = tuple(str(each) for each in conversion_ids[start : start + IDS_AT_ONCE])
        params = {"tenant_id": tenant_id, "conversion_ids": ids}
        clickhouse.query(statements.deletion(), params, settings={"mutations_sync": 2})


def delete_orphans(tenant_id: int, now: datetime) -> int:
    """Credits written in the last two days whose conversion is gone; how many conversions.

    A run that read the events just before a person was forgotten may have written them.
    """
    runs = AttributionRun.objects.for_tenant(tenant_id).filter(started_at__gte=now - AGAIN)
    first = runs.order_by("pk").values_list("pk", flat=True).first()
    start = now - timedelta(days=_days_kept(tenant_id)) + EXPIRY
    if first is None or start >= now:
        return 0
    scope = statements.Scope(tenant_id, statements.Rule(0, 0), start, now + EXPIRY)
    rows = clickhouse.query(statements.orphans(), {**scope.params(), "version": first})
    delete(tenant_id, [conversion_id for (conversion_id,) in rows])
    return len(rows)


def _days_kept(tenant_id: int) -> int:
    tenant = Tenant.objects.for_tenant(tenant_id).get()
    return int(tenant.event_retention_days or settings.EVENTS_RAW_DAYS)
