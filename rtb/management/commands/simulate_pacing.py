"""Watch pacing on simulated days."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from rtb.plot import draw
from rtb.simulate_pacing import HEADING, as_row, panels, simulate, usual_lines

SHOWN = ("large", "small")


class Command(BaseCommand):
    help = "Simulate days of requests, auctions and late bills; print what each line item spent."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=7)
        parser.add_argument("--timezone", type=ZoneInfo, default=ZoneInfo("America/Toronto"))
        parser.add_argument(
            "--date", type=date.fromisoformat, default=date(2026, 3, 8), help="the last day"
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--svg", type=Path, help="draw the first and the last day to this file")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["days"] < 1:
            raise CommandError("--days must be at least 1")
        first = options["date"] - timedelta(days=options["days"] - 1)
        days = []
        if not options["json"]:
            self.stdout.write(HEADING)
        for day in simulate(
            usual_lines(), first, options["days"], options["timezone"], options["seed"]
        ):
            days.append(day)
            as_json = json.dumps(asdict(day), default=str) if options["json"] else ""
            self.stdout.write(as_json or as_row(day))
        if options["svg"]:
            options["svg"].write_text(draw(panels(days, SHOWN)), "utf-8")
