"""Compare raw events with every tier that counts them, and repair the tiers."""

import json as json_text
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from functools import partial

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseRefused, ClickHouseUnavailable
from adplatform.moment import moment
from events.reconcile import report, run
from events.reconcile.lock import CannotRepair
from events.reconcile.window import window


class Command(BaseCommand):
    help = "Compare raw events with the minute, 15-minute and day tiers; exit code 1: they differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=moment, help="ISO 8601, UTC unless it names a zone")
        parser.add_argument("--until", type=moment, help="likewise; default: now")
        parser.add_argument("--days", type=int, default=2, help="days before --until (default 2)")
        parser.add_argument("--repair", action="store_true", help="write what the tiers lack")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument(
            "--settle",
            type=int,
            default=run.SETTLE_SECONDS,
            help="seconds between two looks; younger rows are left alone (default 60)",
        )

    def handle(
        self,
        *_args: object,
        since: datetime | None,
        until: datetime | None,
        days: int,
        repair: bool,
        json: bool,
        settle: int,
        **_options: object,
    ) -> None:
        now = datetime.now(UTC)
        end = min(until or now, now + timedelta(days=1))  # no event lies further ahead
        try:
            checked = window(since or end - timedelta(days=days), end)
            mend = partial(run.mend, tell=(self.stderr if json else self.stdout).write)
            found = (mend if repair else run.check)(checked, settle_seconds=max(settle, 0))
        except (ValueError, CannotRepair, ClickHouseUnavailable, ClickHouseRefused) as exc:
            raise CommandError(str(exc)) from exc
        text = json_text.dumps(report.as_dict(found)) if json else "\n".join(report.lines(found))
        self.stdout.write(text)
        if found.remaining:
            raise SystemExit(1)
