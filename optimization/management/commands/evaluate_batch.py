"""What a batch, or an engine's proposal, would have earned on the traffic that was logged."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from adplatform.clients.clickhouse import ClickHouseError
from optimization.engines import ENGINES
from optimization.judge import Asked, NothingToJudge, judge
from optimization.problem import NothingAllowed, NotSolved
from optimization.trouble import NothingToLearn

MOST_DAYS = 3650


class Command(BaseCommand):
    help = "Off-policy evaluation (IPS, SNIPS, DR) from logged propensities; nothing is changed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--template", type=int, required=True, help="its id")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--batch", type=int, help="id of a batch; otherwise what serves now")
        which.add_argument("--engine", choices=ENGINES, default="", help="what it would serve next")
        parser.add_argument("--days", type=int, default=30, help="of traffic (30)")
        parser.add_argument("--level", type=float, default=0.9, help="of the intervals (0.9)")
        parser.add_argument("--json", action="store_true", help="one object, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(f"--days must be from 1 to {MOST_DAYS}")
        if not 0 < options["level"] < 1:
            raise CommandError("--level must be between 0 and 1, for example 0.95")
        asked = Asked(
            template_id=options["template"],
            batch_id=options["batch"],
            engine=options["engine"],
            days=options["days"],
            level=options["level"],
        )
        try:
            found = judge(asked, timezone.now())
        except (NothingToJudge, NothingToLearn, NothingAllowed, NotSolved, ClickHouseError) as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(json.dumps(found.data) if options["json"] else found.text)
