"""What ends a consumer: a signal, or its time."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping(max_seconds: float | None) -> Iterator[threading.Event]:
    """An event that SIGTERM, SIGINT or the time sets: the consumer ends after its batch."""
    stop = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    timer = threading.Timer(max_seconds, stop.set) if max_seconds else None
    if timer:
        timer.start()
    try:
        yield stop
    finally:
        if timer:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
