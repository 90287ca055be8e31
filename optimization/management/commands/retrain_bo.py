"""Retrain templates now, or show what would serve."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from optimization.asked import Asked, NoTemplate, retrain_asked
from optimization.engines import ENGINES


class Command(BaseCommand):
    help = "Learn from what was shown and clicked, and serve the next batches of combinations."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--template", type=int, help="id of one; otherwise all that learn")
        parser.add_argument("--tenant", type=int, help="id of one account; otherwise all")
        parser.add_argument("--engine", choices=ENGINES, default="", help="otherwise each its own")
        parser.add_argument("--dry-run", action="store_true", help="only show what would serve")
        parser.add_argument("--force", action="store_true", help="also when nothing is new")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        asked = Asked(
            template_id=options["template"],
            tenant_id=options["tenant"],
            engine=options["engine"],
            dry_run=options["dry_run"],
            force=options["force"],
        )
        failed = 0
        try:
            for outcome in retrain_asked(asked, self.stderr.write):
                line = json.dumps(outcome.data) if options["json"] else outcome.text
                self.stdout.write(line)
                self.stdout.flush()
                failed += outcome.failed
        except NoTemplate as exc:
            raise CommandError(str(exc)) from exc
        if failed:
            raise CommandError(f"{failed} of the retrainings failed; what served goes on serving.")
