"""A mock exchange calls a bidder and says how the advertiser fared: docs/simulate-exchange.md."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rtb.exchange.plan import add_arguments, plan_from
from rtb.exchange.run import Exchange, run
from rtb.exchange.summary import Run, summarise
from rtb.exchange.words import lines, live_line


class Command(BaseCommand):
    help = (
        "Send bid requests, hold auctions, send notices, show the ads; exit 1 on protocol faults."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *_args: object, **given: Any) -> None:
        url = given["bid_url"] or _demo_url(Path(settings.DATA_DIR))
        rates = {currency: float(units) for currency, units in settings.EXCHANGE_RATES.items()}
        plan = plan_from(given, bid_url=url, rates=rates)
        began = time.monotonic()

        def look(exchange: Exchange) -> None:
            self.stderr.write(live_line(exchange.ledger, time.monotonic() - began))

        exchange = run(plan, look)
        facts = Run(plan.seed, time.monotonic() - began, exchange.left_undone)
        summary = summarise(exchange.ledger, facts)
        if given["json"]:
            self.stdout.write(msgspec.json.encode(summary).decode())
        else:
            self.stdout.write("\n".join(lines(summary)))
        if not summary.is_clean:
            sys.exit(1)


def _demo_url(data_dir: Path) -> str:
    try:
        return str(json.loads((data_dir / "demo.json").read_bytes())["rtb_bid_url"])
    except (OSError, ValueError, KeyError) as exc:
        text = f"name a BID_URL: {data_dir}/demo.json has no rtb_bid_url ({exc!r})"
        raise CommandError(text) from exc
