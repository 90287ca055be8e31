"""Compare bid shading with bidding the whole worth, or the same share of it everywhere."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from rtb.plot import draw
from rtb.simulate_shading import HEADING, as_row, compare, make_auctions, panels, rows


class Command(BaseCommand):
    help = "Simulate a first-price market; every way of bidding meets the same auctions."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--auctions", type=int, default=200_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--svg", type=Path, help="draw the comparison to this file")
        parser.add_argument("--json", action="store_true", help="one object, for scripts")

    def handle(self, *_args: object, **options: Any) -> None:
        seed = options["seed"]
        comparison = compare(make_auctions(options["auctions"], seed), seed)
        if options["json"]:
            found = asdict(comparison)
            found["saved_per_win"] = comparison.saved_per_win
            found["more_wins"] = comparison.more_wins
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write(HEADING)
            for each in rows(comparison):
                self.stdout.write(as_row(each, comparison.auctions))
            self.stdout.write(
                f"Against the whole worth, a win costs {comparison.saved_per_win:.1%} less; "
                f"the same spend wins {comparison.more_wins:.1%} more where there are auctions."
            )
        if options["svg"]:
            options["svg"].write_text(draw(panels(comparison)), "utf-8")
