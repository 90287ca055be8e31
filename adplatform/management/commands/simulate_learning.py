"""How fast the optimiser learns the taste of the demo's visitors, without any server."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from adplatform.demo.learning import panels, simulate, world
from rtb.plot import draw


class Command(BaseCommand):
    help = "Simulate the demo's visitors against the engine that retrainings use."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=25)
        parser.add_argument("--impressions", type=int, default=1000, help="of each round")
        parser.add_argument("--repetitions", type=int, default=5)
        parser.add_argument("--svg", type=Path, help="draw the learning curve to this file")
        parser.add_argument("--json", action="store_true", help="one object, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        if min(options[name] for name in ("rounds", "impressions", "repetitions")) < 1:
            raise CommandError("--rounds, --impressions and --repetitions must be at least 1")
        curve = simulate(
            world(),
            rounds=options["rounds"],
            impressions=options["impressions"],
            repetitions=options["repetitions"],
        )
        served = curve.served.mean(axis=0).tolist()
        captured = curve.captured.tolist()
        if options["json"]:
            found = {"served": served, "captured": captured}
            self.stdout.write(json.dumps(found | {"uniform": curve.uniform, "best": curve.best}))
        else:
            self.stdout.write(f"all alike {curve.uniform:.2%}, the best {curve.best:.2%}")
            for number, (rate, share) in enumerate(zip(served, captured, strict=True)):
                self.stdout.write(f"round {number:3}: {rate:.2%}, {share:.0%} of the way")
        if options["svg"]:
            options["svg"].write_text(draw(panels(curve)), "utf-8")
