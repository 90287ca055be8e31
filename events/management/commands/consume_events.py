"""Consume the events topic into ClickHouse until stopped."""

import signal
import threading
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from events import consume, schema


class Command(BaseCommand):
    help = "Store events from Kafka in ClickHouse; run as many as there are partitions."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop at the end of the topic")
        parser.add_argument("--max-seconds", type=float, help="stop after this time")

    def handle(
        self, *_args: object, once: bool, max_seconds: float | None, **_options: object
    ) -> None:
        if missing := schema.pending():
            raise CommandError(
                f"the ClickHouse schema lacks {', '.join(each.name for each in missing)}: "
                "run manage.py apply_event_schema"
            )
        stop = threading.Event()
        self._stop_on_signals(stop)
        timer = threading.Timer(max_seconds, stop.set) if max_seconds else None
        if timer:
            timer.start()
        tally = consume.run(stop, until_caught_up=once)
        if timer:
            timer.cancel()
        self.stdout.write(
            f"inserted {tally.inserted}, duplicates {tally.duplicates}, "
            f"dead letters {tally.dead_letters}"
        )

    def _stop_on_signals(self, stop: threading.Event) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
