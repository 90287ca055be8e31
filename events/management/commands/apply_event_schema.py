"""Bring ClickHouse's tables and Kafka's topics up to what this code needs."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseRefused, ClickHouseUnavailable
from adplatform.clients.kafka import KafkaUnavailable
from events import retention, schema, topics


class Command(BaseCommand):
    help = "Apply the numbered ClickHouse migrations and create the Kafka topics."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true", help="say what would run, run nothing")

    def handle(self, *_args: object, plan: bool, **_options: object) -> None:
        try:
            done = schema.pending() if plan else schema.apply()
            if not plan:
                retention.apply()
                topics.ensure()
        except (
            schema.SchemaChanged,
            ClickHouseUnavailable,
            ClickHouseRefused,
            KafkaUnavailable,
        ) as exc:
            raise CommandError(str(exc)) from exc
        for migration in done:
            self.stdout.write(f"{'would apply' if plan else 'applied'} {migration.name}")
        if not done:
            self.stdout.write("the schema is up to date")
