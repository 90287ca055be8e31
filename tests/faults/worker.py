"""``manage.py consume_events``, which sends itself a signal at one of its steps.

``FAULT_STEP`` is a step's name, ``FAULT_WHEN`` "before" or "after", ``FAULT_SIGNAL`` for example
SIGKILL. Without them it is the plain command, with a short session for a quick start.
``CLOCK_SKEW`` shifts its clock by seconds.
"""

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial, wraps

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from adplatform.clients import kafka  # noqa: PLC0415 - after the setup
    from events import consume  # noqa: PLC0415

    kafka.consumer = partial(  # type: ignore[assignment]
        kafka.consumer, session_timeout_ms=1000, heartbeat_interval_ms=300
    )
    consume.STEPS = tuple(map(_with_fault, consume.STEPS))  # type: ignore[misc]
    consume.Tools = partial(consume.Tools, now=_now)  # type: ignore[misc, assignment]
    call_command("consume_events", *sys.argv[1:])


def _with_fault(step):  # type: ignore[no-untyped-def]
    if step.__name__ != os.environ.get("FAULT_STEP"):
        return step

    @wraps(step)
    def faulty(work, tools):  # type: ignore[no-untyped-def]
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
