"""Bring ClickHouse's tables and Kafka's topics up to what this code needs."""

from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseRefused, ClickHouseUnavailable
from adplatform.clients.kafka import KafkaUnavailable
from events import ledger, retention, schema, topics

OPEN = (
    "a batch of partition {} is open: where its tables are filled anew, its repetition counts "
    "twice until `manage.py reconcile --repair`, which beat runs every 15 minutes. Better: stop "
    "the consumers (SIGTERM ends them after their batch) before the schema is changed."
)


class Command(BaseCommand):
    help = "Apply the numbered ClickHouse migrations and create the Kafka topics."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--plan", action="store_true", help="say what would run, run nothing")
        parser.add_argument("--cluster", default="", help="the cluster form, on this cluster")
        parser.add_argument("--print", action="store_true", help="the SQL; run nothing")

    def handle(self, *_args: object, plan: bool, **options: object) -> None:
        cluster = str(options.get("cluster") or "")
        try:
            if options.get("print"):
                self.stdout.write(";\n\n".join([*schema.texts(cluster), ""]))
                return
            done = schema.pending() if plan else schema.apply(cluster)
            if not plan:
                retention.apply()
                topics.ensure()
        except (
            schema.SchemaChanged,
            schema.BadName,
            schema.NotForClusters,
            ClickHouseUnavailable,
            ClickHouseRefused,
            KafkaUnavailable,
        ) as exc:
            raise CommandError(str(exc)) from exc
        for migration in done:
            self.stdout.write(f"{'would apply' if plan else 'applied'} {migration.name}")
        if not done:
            self.stdout.write("the schema is up to date")
        elif open_partitions := ledger.open_partitions(settings.EVENTS_TOPIC):
            self.stderr.write(OPEN.format(", ".join(map(str, open_partitions))))
