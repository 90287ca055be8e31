"""Run the platform with a demo advertiser and simulated visitors: see docs/demo.md."""

import sys
from argparse import SUPPRESS, ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from adplatform import supervise
from adplatform.demo.figures import ReportUnreadable
from adplatform.demo.play import DEFAULT_RATE, DemoFailed, Plan, play, positive


class Command(BaseCommand):
    help = "Start the platform with a demo advertiser and visitors; Ctrl-C stops them all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        supervise.add_arguments(parser)
        parser.add_argument("--no-traffic", action="store_true", help="send no visitors")
        parser.add_argument("--duration", type=positive, metavar="SECONDS", help="stop after")
        parser.add_argument("--rate", type=positive, default=DEFAULT_RATE, help="visits a second")
        parser.add_argument("--seed-only", action="store_true", help=SUPPRESS)

    def handle(self, *_args: object, **given: Any) -> None:
        options = supervise.Options.from_command(given)
        if given["seed_only"]:
            _seed(options)
            return
        plan = _plan(options, given)
        status = supervise.run(options, lambda platform: _play(platform, plan))
        if status:
            sys.exit(status)


def _seed(options: supervise.Options) -> None:
    """In a process of its own: Django learns where the engines are when it starts."""
    from adplatform.demo.seed import seed  # noqa: PLC0415 - the parent has no database yet

    seed(options.data_dir, options.base_url, now=datetime.now(UTC))


def _plan(options: supervise.Options, given: dict[str, Any]) -> Plan:
    return Plan(
        data_dir=options.data_dir,
        port=options.port,
        host=options.host,
        workers=options.workers,
        traffic=not given["no_traffic"],
        duration=given["duration"],
        rate=given["rate"],
    )


def _play(platform: supervise.Platform, plan: Plan) -> None:
    try:
        play(platform, plan)
    except (DemoFailed, ReportUnreadable) as exc:
        raise supervise.PlatformFailed(str(exc)) from exc
