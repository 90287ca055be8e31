"""Consume the events topic into ClickHouse until stopped."""

import threading
from argparse import ArgumentParser
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError

from adplatform.clients.clickhouse import ClickHouseError
from events import consume, schema, selftest
from events.stopping import stopping
from events.stream import Stream, ad_events


class Command(BaseCommand):
    help = "Store events from Kafka in ClickHouse; run as many as there are partitions."
    requires_system_checks: list[str] = []
    stream: Callable[[], Stream] = staticmethod(ad_events)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop at the end of the topic")
        parser.add_argument("--max-seconds", type=float, help="stop after this time")
        parser.add_argument(
            "--accept-dead-letters",
            action="store_true",
            help="go on however many messages cannot be stored",
        )

    def handle(self, *_args: object, max_seconds: float | None, **options: bool) -> None:
        with stopping(max_seconds) as stop:
            tally = self._run(stop, options)
        self.stdout.write(
            f"inserted {tally.inserted}, duplicates {tally.duplicates}, "
            f"dead letters {tally.dead_letters}"
        )

    def _run(self, stop: threading.Event, options: dict[str, bool]) -> consume.Tally:
        try:
            if missing := schema.pending():
                names = ", ".join(each.name for each in missing)
                raise CommandError(
                    f"the ClickHouse schema lacks {names}: run manage.py apply_event_schema"
                )
            return consume.run(
                stop,
                self.stream(),
                until_caught_up=options["once"],
                accept_dead_letters=options["accept_dead_letters"],
            )
        except (selftest.WouldCountTwice, ClickHouseError, schema.SchemaChanged) as exc:
            raise CommandError(str(exc)) from exc
