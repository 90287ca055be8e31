"""Consume the events topic into ClickHouse until stopped."""

import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

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
        timer = threading.Timer(max_seconds, stop.set) if max_seconds else None
        if timer:
            timer.start()
        with stopped_by_signals(stop):
            tally = consume.run(stop, until_caught_up=once)
        if timer:
            timer.cancel()
        self.stdout.write(
            f"inserted {tally.inserted}, duplicates {tally.duplicates}, "
            f"dead letters {tally.dead_letters}"
        )


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """SIGTERM and SIGINT end the consumer after its batch; afterwards they mean what they did."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
