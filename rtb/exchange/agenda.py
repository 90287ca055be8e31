"""What is to be done later, and the threads that do it."""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Thread

from rtb.exchange.wire import Home, Wire

Errand = Callable[[Wire], None]


@dataclass(slots=True)
class Agenda:
    """Errands by the time at which they are due; ``drain`` ends it."""

    home: Home
    clock: Callable[[], float] = time.monotonic
    _due: list[tuple[float, int, Errand]] = field(default_factory=list, init=False)
    _order: "count[int]" = field(default_factory=count, init=False)
    _busy: int = field(default=0, init=False)
    _is_over: bool = field(default=False, init=False)
    _changed: Condition = field(default_factory=Condition, init=False)
    _threads: list[Thread] = field(default_factory=list, init=False)

    def start(self, threads: int) -> None:
        for number in range(threads):
            thread = Thread(target=self._work, name=f"errands-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def later(self, seconds: float, errand: Errand) -> None:
        """Do ``errand`` so many seconds from now."""
        with self._changed:
            heapq.heappush(self._due, (self.clock() + seconds, next(self._order), errand))
            self._changed.notify()

    def drain(self, patience: float) -> int:
        """Do what is due within ``patience`` seconds and stop; how many errands were left."""
        deadline = self.clock() + patience
        with self._changed:
            while self._has_before(deadline) and self.clock() < deadline:
                self._changed.wait(0.05)
            self._is_over = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(patience + 1.0)
        return len(self._due)

    def _has_before(self, deadline: float) -> bool:
        return self._busy > 0 or bool(self._due and self._due[0][0] <= deadline)

    def _work(self) -> None:
        wire = Wire(self.home)
        try:
            while (errand := self._next()) is not None:
                try:
                    errand(wire)
                finally:
                    with self._changed:
                        self._busy -= 1
        finally:
            wire.close()

    def _next(self) -> Errand | None:
        with self._changed:
            while not self._is_over:
                wait = self._due[0][0] - self.clock() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
            return None
