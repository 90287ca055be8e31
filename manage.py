#!/usr/bin/env python3
"""Django's command line, with one-line answers to a bad setting and where no engine is running."""

import os
import select
import signal
import sys

from django.core.management import execute_from_command_line

from adplatform.clients.errors import EngineNotRunning
from adplatform.settings.env import BadSetting

STDOUT = 1


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.dev")
    try:
        execute_from_command_line(sys.argv)
        sys.stdout.flush()
    except (BadSetting, EngineNotRunning) as exc:
        sys.exit(str(exc))
    except BrokenPipeError:
        if not _reader_has_left():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)  # for what is still in the buffer
        sys.exit(128 + signal.SIGPIPE)


def _reader_has_left() -> bool:
    """Whether the output is a pipe that nobody reads any more, as in ``| head``."""
    pipe = select.poll()
    pipe.register(STDOUT, 0)
    return bool(pipe.poll(0))


if __name__ == "__main__":
    main()
