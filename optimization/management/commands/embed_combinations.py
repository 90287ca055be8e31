"""Embed component values, and on request whole combinations, now."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from optimization.embeddings.asked import Asked, NoTemplate, embed_asked
from optimization.embeddings.literal import CAP
from optimization.embeddings.rows import Unavailable


class Command(BaseCommand):
    help = "Embed the values that changed; with --literal every combination too, up to a cap."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", type=int, help="id of one account; otherwise all")
        parser.add_argument("--template", type=int, help="id of one; otherwise all published")
        parser.add_argument("--literal", action="store_true", help="whole combinations too")
        parser.add_argument("--cap", type=int, default=CAP, help=f"most combinations ({CAP})")
        parser.add_argument("--dry-run", action="store_true", help="only say what is missing")
        parser.add_argument("--json", action="store_true", help="one object a line, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        if options["cap"] < 1:
            raise CommandError(f"--cap {options['cap']}: give a number of combinations above 0")
        asked = Asked(
            tenant_id=options["tenant"],
            template_id=options["template"],
            literal=options["literal"],
            cap=options["cap"],
            dry_run=options["dry_run"],
        )
        try:
            for told in embed_asked(asked):
                line = json.dumps(asdict(told)) if options["json"] else told.line()
                self.stdout.write(line)
                self.stdout.flush()
        except (NoTemplate, *Unavailable) as exc:
            raise CommandError(str(exc)) from exc
