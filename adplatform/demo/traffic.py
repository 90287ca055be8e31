"""Visitors in threads, at a steady rate, until they are told to stop."""

import time
from dataclasses import dataclass, field
from random import Random
from threading import Event, Thread

from adplatform.demo.browser import Browser
from adplatform.demo.file import Demo
from adplatform.demo.tally import Tally
from adplatform.demo.truth import Truth
from adplatform.demo.visitors import Visitors
from rtb.exchange.arrivals import Arrivals

THREADS = 4
STOP_SECONDS = 30.0


@dataclass(slots=True)
class Traffic:
    """Running visitors; ``stop`` lets every visit come to its end."""

    demo: Demo
    rate: float
    truth: Truth = field(default_factory=Truth)
    tally: Tally = field(default_factory=Tally)
    _stopping: Event = field(default_factory=Event, init=False)
    _threads: list[Thread] = field(default_factory=list, init=False)

    def start(self, rng: Random) -> None:
        arrivals = Arrivals(self.rate, Random(rng.getrandbits(64)))  # noqa: S311 - a simulation
        for number in range(THREADS):
            seed = rng.getrandbits(64)
            thread = Thread(
                target=self._run, args=(arrivals, seed), name=f"visitors-{number}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Tell all, then wait for each."""
        self._stopping.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _run(self, arrivals: Arrivals, seed: int) -> None:
        browser = Browser(self.demo.base_url)
        visitors = Visitors(self.demo, browser, self.truth, self.tally, Random(seed))  # noqa: S311
        try:
            while not self._stopping.wait(arrivals.wait_seconds()):
                visitors.visit()
        finally:
            browser.close()
