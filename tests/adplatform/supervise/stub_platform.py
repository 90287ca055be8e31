"""A platform of stub processes in a process of its own: PORT PROCFILE DATA_DIR [ready seconds]."""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adplatform.settings.test")

from adplatform import supervise
from adplatform.supervise.restarts import Policy


def watch(platform: supervise.Platform) -> None:
    platform.wait_ready()
    platform.run_until_signal(tick=lambda: platform.say("tick"), every=0.2)


if __name__ == "__main__":
    options = supervise.Options(
        port=int(sys.argv[1]),
        procfile=Path(sys.argv[2]),
        data_dir=Path(sys.argv[3]),
        ready_seconds=float(sys.argv[4]),
        only=frozenset(filter(None, sys.argv[5].split(","))),
        prepare=(),
        restarts=Policy(waits=(0.2, 0.4)),
    )
    sys.exit(supervise.run(options, watch))
