"""A process of the Procfile that is started again when it dies."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from adplatform.embedded.child import Child
from adplatform.supervise.processes import PlatformFailed, obituary
from adplatform.supervise.restarts import Deaths, refused_to_start
from adplatform.supervise.terminal import say


@dataclass(slots=True)
class Kept:
    """``start`` makes the child; ``look`` has to be called often."""

    start: Callable[[], Child]
    deaths: Deaths
    child: Child = field(init=False)
    _started_at: float = field(init=False)
    _due: float | None = None  # when a dead one is started again

    def __post_init__(self) -> None:
        self._start(time.monotonic())

    def look(self, *, platform_was_ready: bool) -> None:
        """Start it again when it is dead and its time has come.

        Raises:
            PlatformFailed: it died while the platform or it was starting, or once too often.
        """
        now = time.monotonic()
        code = self.child.exit_code()
        if self._due is not None and now >= self._due:
            self.child.end(0)  # orphans may hold the port
            self._start(now)
        elif self._due is None and code is not None:
            if not platform_was_ready or self._refused(code, now):
                raise PlatformFailed(obituary(self.child))
            self._wait(now)

    def _start(self, now: float) -> None:
        self.child = self.start()
        self._started_at = now
        self._due = None

    def _refused(self, code: int, now: float) -> bool:
        return not self.deaths.count and refused_to_start(code, now - self._started_at)

    def _wait(self, now: float) -> None:
        self.child.ask_orphans_to_stop()
        seconds = self.deaths.wait_after(now)
        if seconds is None:
            raise PlatformFailed(f"{obituary(self.child)}\n{self._too_often()}")
        say(obituary(self.child))
        name, log = self.child.name, self.child.log.name
        say(f"starting {name} again in {seconds:g} s; its log becomes {log}.1")
        self._due = now + seconds

    def _too_often(self) -> str:
        within = self.deaths.policy.within_seconds
        return f"{self.child.name} died {self.deaths.count} times within {within:.0f} s"
