"""Ask for an export: checked, within the tenant's limits, once per idempotency key."""

from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from reporting.exports import queue, source, states
from reporting.models import ReportExport
from tenants.models import Tenant

log = structlog.get_logger(__name__)

KEY_CHARS = 200


class TooMany(Exception):
    """The tenant has as many exports under way as it may."""


class KeyUsed(Exception):
    """The idempotency key belongs to another export."""


@transaction.atomic
def ask(
    *,
    tenant_id: int,
    query: dict[str, Any],
    bom: bool,
    requested_by: str,
    idempotency_key: str | None,
    now: datetime,
) -> ReportExport:
    """The queued export; with a known idempotency key the one that it stands for.

    Raises:
        BadParameters: the query cannot be run.
        KeyUsed, TooMany: see there; nothing was queued.
    """
    tenant = Tenant.across_tenants.select_for_update(no_key=True).get(pk=tenant_id)
    source.parsed(query, tenant, now)
    known = _known(tenant_id, idempotency_key)
    if known is not None:
        return _same(known, query, bom=bom)
    _room(tenant_id)
    export = ReportExport.across_tenants.create(
        tenant=tenant,
        query=query,
        bom=bom,
        requested_by=requested_by[:200],
        idempotency_key=idempotency_key,
        created_at=now,
        due_at=now,
    )
    log.info("export_asked", export=str(export.pk), tenant_id=tenant_id, by=requested_by)
    transaction.on_commit(partial(queue.enqueue, export.pk))
    return export


def _known(tenant_id: int, key: str | None) -> ReportExport | None:
    if key is None:
        return None
    return ReportExport.objects.for_tenant(tenant_id).filter(idempotency_key=key).first()


def _same(known: ReportExport, query: dict[str, Any], *, bom: bool) -> ReportExport:
    if (known.query, known.bom) != (query, bom):
        raise KeyUsed("this Idempotency-Key was used for another query: take a new one")
    return known


def _room(tenant_id: int) -> None:
    most = settings.EXPORTS_PER_TENANT
    if states.unfinished(tenant_id) >= most:
        raise TooMany(f"{most} exports are under way, and no more are allowed: wait for one")
