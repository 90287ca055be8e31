"""Check every engine, schema, topic, queue, secret and clock; exit status 1 when one fails."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand

from adplatform.doctor import Finding, Level, examine

MARKS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗"}


class Command(BaseCommand):
    help = "Say what is wrong and what to do; exit status 0: nothing failed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="a list of findings for scripts")

    def handle(self, *_args: object, json: bool, **_options: object) -> None:
        failed = self._as_json() if json else self._as_lines()
        if failed:
            sys.exit(1)

    def _as_lines(self) -> bool:
        failed = False
        for finding in examine():
            self.stdout.write(line(finding))
            failed = failed or finding.level is Level.FAIL
        return failed

    def _as_json(self) -> bool:
        findings = list(examine())
        self.stdout.write(json.dumps([asdict(each) for each in findings], indent=1))
        return any(each.level is Level.FAIL for each in findings)


def line(finding: Finding) -> str:
    fix = f" → {finding.fix}" if finding.fix else ""
    return f"{MARKS[finding.level]} {finding.name:<17} {finding.detail}{fix}"
