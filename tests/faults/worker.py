"""``manage.py consume_events``, or what is named, which sends itself a signal at one of its steps.

``FAULT_STEP`` is a step's name, ``FAULT_WHEN`` "before" or "after", ``FAULT_SIGNAL`` for example
SIGKILL. Without them it is the plain command, with a short session for a quick start.
``CLOCK_SKEW`` shifts its clock by seconds.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial, wraps
from types import ModuleType

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from adplatform.clients import kafka  # noqa: PLC0415 - after the setup
    from events import consume, steps  # noqa: PLC0415

    in_haste = partial(kafka.consumer, session_timeout_ms=1000, heartbeat_interval_ms=300)
    replace(kafka, consumer=in_haste)
    replace(consume, STEPS=tuple(map(_with_fault, steps.STEPS)))
    replace(consume, Tools=partial(steps.Tools, now=_now))
    call_command(*(sys.argv[1:] or ["consume_events"]))


def replace(module: ModuleType, **names: object) -> None:
    """Other things under a module's names, in this process."""
    vars(module).update(names)


def _with_fault(step):
    if step.__name__ != os.environ.get("FAULT_STEP"):
        return step

    @wraps(step)
    def faulty(work, tools):
        if os.environ["FAULT_WHEN"] == "before":
            _fault()
        step(work, tools)
        if os.environ["FAULT_WHEN"] == "after":
            _fault()

    return faulty


def _fault() -> None:
    os.kill(os.getpid(), signal.Signals[os.environ["FAULT_SIGNAL"]])


def _now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=float(os.environ.get("CLOCK_SKEW", "0")))


if __name__ == "__main__":
    main()
