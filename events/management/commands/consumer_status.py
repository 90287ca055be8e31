"""Say how the consumers are doing, per partition, and what is wrong; exit status 1 if anything."""

import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from typing import Final

from django.core.management.base import BaseCommand

from events import topics
from events.status import Status, gather, judge, show

WATCH_SECONDS: Final = 2.0
CLEAR: Final = "\x1b[2J\x1b[H"
CHANNELS: Final = {"events": topics.ad_events, "bids": topics.bids}


class Command(BaseCommand):
    help = "Per partition: progress, lag, mode, last batch, duplicates, dead letters."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object, for scripts")
        parser.add_argument("--stream", choices=CHANNELS, default="events")
        parser.add_argument("--watch", action="store_true", help="again every two seconds")

    def handle(
        self, *_args: object, json: bool, watch: bool, stream: str, **_options: object
    ) -> None:
        channel = CHANNELS[stream]()
        status = self._show(channel, json=json)
        with suppress(KeyboardInterrupt):
            while watch:
                time.sleep(WATCH_SECONDS)
                if sys.stdout.isatty():
                    self.stdout.write(CLEAR, ending="")
                status = self._show(channel, json=json)
        if status.problems:
            sys.exit(1)

    def _show(self, channel: topics.Channel, *, json: bool) -> Status:
        status = judge(gather(channel))
        for line in [show.as_json(status)] if json else show.table(status):
            self.stdout.write(line)
        return status
