"""Work that can wait a moment: gathered from many threads, done together by one."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Gather(Generic[Item]):
    """At most ``most`` items wait or are worked on; ``seconds`` go by before the first of them is.

    ``put`` may be called by many threads, ``flush`` by one at a time.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], None], *, most: int, seconds: float
    ) -> None:
        self._work = work
        self._most = most
        self._seconds = seconds
        self._waiting: deque[Item] = deque()
        self._count = 0
        self._counting = threading.Lock()
        self._filled = threading.Event()

    def put(self, items: Sequence[Item]) -> bool:
        """Take them all and return at once; False: there are too many, none is taken."""
        with self._counting:
            if self._count + len(items) > self._most:
                return False
            self._count += len(items)
        self._waiting.extend(items)
        if not self._filled.is_set():
            self._filled.set()
        return True

    def flush(self) -> None:
        """Work on all that waits. What the work raises is raised; its items are gone."""
        self._filled.clear()
        items: list[Item] = []
        while self._waiting:
            items.append(self._waiting.popleft())
        if not items:
            return
        try:
            self._work(items)
        finally:
            with self._counting:
                self._count -= len(items)

    def run(self) -> None:
        """Flush whenever something waits; ends only when the work raises."""
        while True:
            self._filled.wait()
            time.sleep(self._seconds)
            self.flush()
