#!/usr/bin/env python3
"""Django's command line, with one-line answers to a bad setting and where no engine is running."""

import os
import sys

from django.core.management import execute_from_command_line

from adplatform.clients.errors import EngineNotRunning
from adplatform.settings.env import BadSetting


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
    try:
        execute_from_command_line(sys.argv)
    except (BadSetting, EngineNotRunning) as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
