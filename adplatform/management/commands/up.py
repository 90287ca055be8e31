"""Run the platform on this machine: engines that are not configured, migrations, processes."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from adplatform import supervise


class Command(BaseCommand):
    help = "Start engines, migrations and processes; Ctrl-C stops them all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        supervise.add_arguments(parser)

    def handle(self, *_args: object, **options: Any) -> None:
        status = supervise.run(supervise.Options.from_command(options), watch)
        if status:
            sys.exit(status)


def watch(platform: supervise.Platform) -> None:
    platform.wait_ready()
    platform.run_until_signal()
