"""Rebuild accounts' budget ledgers in Redis from the bills in ClickHouse; no bids meanwhile."""

import time
from argparse import ArgumentParser
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients import clickhouse, redis
from adplatform.clients.errors import EngineNotRunning
from adserving.ledger import rebuild
from tenants.models import Tenant
from tenants.selectors import UnknownTenant, tenant_named

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = "Rebuild the budget ledgers from ClickHouse. An account does not bid until it is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", help="an account's id or slug; default: all of them")
        parser.add_argument("--wait", type=float, default=120, help="seconds for each (120)")

    def handle(self, *_: object, tenant: str | None, wait: float, **__: object) -> None:
        try:
            chosen = {"pk": tenant_named(tenant)} if tenant else {}
            for each in Tenant.across_tenants.filter(**chosen).order_by("pk"):
                self._rebuild(each, time.monotonic() + wait)
        except UnknownTenant as exc:
            raise CommandError(str(exc)) from exc
        except (redis.RedisError, clickhouse.ClickHouseError, EngineNotRunning) as exc:
            raise CommandError(f"{exc}; run it again: an account that waits does not bid") from exc

    def _rebuild(self, tenant: Tenant, deadline: float) -> None:
        why = rebuild.rebuild(tenant.pk, ZoneInfo(tenant.timezone), force=True)
        while why and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            why = rebuild.rebuild(tenant.pk, ZoneInfo(tenant.timezone))
        if why:
            raise CommandError(f"{tenant.slug}: {why}; bidders go on rebuilding it by themselves")
        self.stdout.write(f"{tenant.slug}: rebuilt")
