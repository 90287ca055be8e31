"""Load a list of IP addresses and networks whose impressions, views and clicks do not count."""

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from adserving.addresses.lists import Change, UnknownList, drop, load
from adserving.addresses.ranges import BadList


class Command(BaseCommand):
    help = "Load a list of IP addresses and networks whose hits are flagged listed_source."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", help="one address or CIDR network a line, # comments; - reads stdin"
        )
        parser.add_argument("--name", required=True, help="of the list, for example datacenter")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--replace", action="store_true", help="the list becomes the file")
        how.add_argument(
            "--remove", action="store_true", help="take the file's addresses out; no file: all"
        )

    def handle(
        self, *_: object, file: str | None, name: str, replace: bool, remove: bool, **__: object
    ) -> None:
        change = Change.REPLACE if replace else Change.REMOVE if remove else Change.ADD
        try:
            if file is None and remove:
                drop(name)
                self.stdout.write(f"{name}: removed")
                return
            ranges = load(name=name, lines=_lines(file), change=change, now=datetime.now(UTC))
        except (BadList, UnknownList) as exc:
            raise CommandError(f"{exc}; nothing was changed") from exc
        self.stdout.write(f"{name}: {ranges} ranges; web processes know it in seconds")


def _lines(file: str | None) -> list[str]:
    if file is None:
        raise CommandError("name a file, or - to read standard input")
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise CommandError(f"{file} cannot be read: {exc}") from exc
