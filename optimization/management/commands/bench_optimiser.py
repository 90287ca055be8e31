"""Play the optimiser and its rivals in simulated campaigns and on recorded headline tests."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from optimization.bench.headlines.recorded import HeadlinesUnreadable
from optimization.bench.methods import METHODS, UnknownMethod
from optimization.bench.report import report, text
from optimization.bench.run import Order
from optimization.bench.scenarios import SCENARIOS, UnknownScenario
from optimization.bench.texts import bundled


class Command(BaseCommand):
    help = "Captured uplift of every method in worlds with a known truth. Needs no engine."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scenario", action="append", help="S1 to S8 or all; may repeat")
        parser.add_argument("--method", action="append", help="default: all; may repeat")
        parser.add_argument("--seeds", type=int, default=5, help="worlds per scenario")
        parser.add_argument("--jobs", type=int, default=1, help="processes")
        parser.add_argument("--headlines", type=Path, help="headline tests, a Parquet file")
        parser.add_argument("--json", action="store_true", help="one object, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            found = report(_order(options), options["headlines"], self.stderr.write)
        except (UnknownScenario, UnknownMethod, HeadlinesUnreadable) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(found) if options["json"] else text(found))


def _order(options: dict[str, Any]) -> Order:
    names = options["scenario"] or ["S1"]
    if options["seeds"] < 1 or options["jobs"] < 1:
        raise CommandError("--seeds and --jobs are at least 1")
    return Order(
        scenarios=tuple(SCENARIOS) if "all" in names else tuple(dict.fromkeys(names)),
        methods=tuple(options["method"] or METHODS),
        seeds=options["seeds"],
        wording=bundled(),
        kept=Path(settings.DATA_DIR) / "bench-embeddings",
        jobs=options["jobs"],
    )
