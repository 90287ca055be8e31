"""Credit the conversions of every tenant, or of one; a tenant that fails stops no other."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from django.utils import timezone

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from reporting.attribution import credit
from reporting.attribution.turns import Busy, turn
from reporting.models import AttributionRun
from tenants.models import Tenant

log = logging.getLogger(__name__)
EVERY_TENANT: Final = 0  # no tenant has this id: the turn of a round
Step = Callable[[int], AttributionRun | None]


class Asked(NamedTuple):
    """What came of one tenant; its touches from before ``expired_before`` may have expired."""

    tenant_id: int
    run: AttributionRun | None
    expired_before: datetime | None = None


def credit_news() -> None:
    """Of every tenant; nothing while the round before this one is under way."""
    try:
        with turn(EVERY_TENANT):
            for tenant_id in tenant_ids():
                _logged(tenant_id, partial(credit.credit_news, now=timezone.now()))
    except Busy:
        log.info("the attribution's last round is still under way; this one is left out")


def credit_again() -> None:
    """Of every tenant."""
    for tenant_id in tenant_ids():
        _logged(tenant_id, partial(credit.credit_again, now=timezone.now()))


def credit_asked(
    tenant_id: int | None, since: datetime | None, until: datetime | None
) -> Iterator[Asked]:
    """What an operator asks for, tenant by tenant; without a range: what is new.

    Raises:
        EmptyRange, Busy, ClickHouseError: of the tenant that it came to.
    """
    for each in tenant_ids() if tenant_id is None else [tenant_id]:
        now = timezone.now()
        if since is None and until is None:
            yield Asked(each, credit.credit_news(each, now=now))
        else:
            run = credit.credit_range(each, now=now, since=since, until=until)
            yield Asked(each, run, None if run.error else credit.expired_before(run, now=now))


def tenant_ids() -> list[int]:
    """Every tenant: also one that was switched off may have conversions on their way."""
    return list(Tenant.across_tenants.order_by("pk").values_list("pk", flat=True))


def _logged(tenant_id: int, step: Step) -> None:
    try:
        step(tenant_id)
    except Busy as exc:
        log.info("%s", exc)
    except (ClickHouseError, EngineNotRunning):
        log.exception("tenant %s: the attribution did not start; the next run does it", tenant_id)
