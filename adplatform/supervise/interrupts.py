"""Ctrl-C, SIGTERM and a closed terminal become one question that every wait asks."""

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Someone asked the platform to stop; nothing is wrong."""


class StopSignals:
    """While entered, the signals only raise a flag: nothing is interrupted half-way."""

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Callable[..., object] | int | None] = {}

    def __enter__(self) -> Self:
        for number in STOPPING:
            self._before[number] = signal.signal(number, self._request)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Raises:
        StopRequested: a signal came.
        """
        if self.requested:
            raise StopRequested

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
