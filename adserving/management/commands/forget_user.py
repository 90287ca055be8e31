"""Remove everything that is stored of one user of one account, and correct the reports."""

from argparse import ArgumentParser
from getpass import getuser

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseError
from adplatform.clients.errors import EngineNotRunning
from adplatform.clients.redis import RedisError
from adserving.frequency import forget as forget_counters
from events.forgetting.forget import forget, preview
from events.forgetting.requests import Overtaken
from events.forgetting.rows import MutationFailed
from tenants.selectors import UnknownTenant, tenant_named

PROBLEMS = (ClickHouseError, EngineNotRunning, MutationFailed, Overtaken, RedisError)


class Command(BaseCommand):
    help = "Forget a user: events, credits and counters; reports then equal what is left."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the account's id or slug")
        parser.add_argument("--user", required=True, help="the user_id as its events named it")
        parser.add_argument("--by", default="", help="who asked; kept with the job")
        parser.add_argument("--dry-run", action="store_true", help="count, remove nothing")

    def handle(
        self, *_args: object, tenant: str, user: str, by: str, dry_run: bool, **_options: object
    ) -> None:
        if not user:
            raise CommandError("--user is empty: name the user whose data is to go")
        try:
            tenant_id = tenant_named(tenant)
            if dry_run:
                found = preview(tenant_id, user)
                self.stdout.write(f"would remove {found} stored events; nothing was changed")
                return
            removed = forget(
                tenant_id, user, by=by or getuser(), counters=forget_counters, say=self.stdout.write
            )
        except UnknownTenant as exc:
            raise CommandError(str(exc)) from exc
        except PROBLEMS as exc:
            raise CommandError(f"{exc}. Run the same command again: it goes on from here") from exc
        self.stdout.write(
            f"removed {removed.events} events, {removed.credits} conversion credits and "
            f"{removed.counters} counters"
        )
