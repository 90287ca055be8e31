"""When the next one comes: a Poisson process that several threads share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Lock

LATEST_SECONDS = 1.0  # those who could not come in time stay away, they do not pile up


@dataclass(slots=True)
class Arrivals:
    """``rate`` arrivals a second on average."""

    rate: float
    rng: Random
    clock: Callable[[], float] = time.monotonic
    _next: float = field(default=0.0, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def wait_seconds(self) -> float:
        """How long the caller waits before its turn."""
        with self._lock:
            now = self.clock()
            self._next = max(self._next, now - LATEST_SECONDS) + self.rng.expovariate(self.rate)
            return max(self._next - now, 0.0)
