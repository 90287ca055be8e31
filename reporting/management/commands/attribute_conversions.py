"""Credit conversions to the clicks and views before them, now."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.moment import moment
from reporting.attribution.credit import EmptyRange
from reporting.attribution.schedule import credit_asked, tenant_ids
from reporting.attribution.turns import Busy
from reporting.models import AttributionRun

EXPIRED = (
    "tenant {tenant}: events from before {before:%Y-%m-%dT%H:%MZ} have expired; credits that they "
    "have stay, and other conversions are credited by what is left"
)


class Command(BaseCommand):
    help = "Credit new conversions; with --since or --until all of that time again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", type=int, help="id of one tenant; otherwise all")
        parser.add_argument("--since", type=moment, help="ISO 8601, UTC unless it has an offset")
        parser.add_argument("--until", type=moment, help="this moment is not included")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        tenant, write = options["tenant"], _as_json if options["json"] else _as_line
        if tenant is not None and tenant not in tenant_ids():
            raise CommandError(f"there is no tenant {tenant}")
        try:
            for asked in credit_asked(tenant, options["since"], options["until"]):
                self.stdout.write(write(asked.tenant_id, asked.run))
                if before := asked.expired_before:
                    self.stderr.write(EXPIRED.format(tenant=asked.tenant_id, before=before))
                if asked.run and asked.run.error:
                    raise CommandError(f"tenant {asked.tenant_id}: {asked.run.error}")
        except (EmptyRange, Busy, ClickHouseError) as exc:
            raise CommandError(str(exc)) from exc


def _as_json(tenant_id: int, run: AttributionRun | None) -> str:
    counts = {name: getattr(run, name, 0) for name in ("conversions", "changed", "attributed")}
    return json.dumps({"tenant": tenant_id, "run": run.pk if run else None, **counts})


def _as_line(tenant_id: int, run: AttributionRun | None) -> str:
    if run is None:
        return f"tenant {tenant_id}: nothing new"
    return (
        f"tenant {tenant_id}: {run.conversions} conversions, {run.changed} changed, "
        f"{run.attributed} of these credited (run {run.pk})"
    )
