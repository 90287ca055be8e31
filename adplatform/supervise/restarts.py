"""When a process that died is started again (pure)."""

from dataclasses import dataclass, field
from typing import Final

STARTING_SECONDS: Final = 20.0  # a busy machine takes ten to import everything


@dataclass(frozen=True, slots=True)
class Policy:
    """How long to wait after each death within a time; one death more is one too many."""

    waits: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    within_seconds: float = 60.0


@dataclass(slots=True)
class Deaths:
    """The deaths of one process."""

    policy: Policy
    _moments: list[float] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Those of the policy's last seconds, at the last death."""
        return len(self._moments)

    def wait_after(self, now: float) -> float | None:
        """Seconds until the process that died now is started again; None: leave it."""
        since = now - self.policy.within_seconds
        self._moments = [*(moment for moment in self._moments if moment > since), now]
        if self.count > len(self.policy.waits):
            return None
        return self.policy.waits[self.count - 1]


def refused_to_start(exit_code: int, lived_seconds: float) -> bool:
    """Whether the end of a process's first run says that starting it again is no use.

    It ended itself, soon: something is wrong with its configuration. One that a signal ended says
    nothing of the kind.
    """
    return exit_code >= 0 and lived_seconds < STARTING_SECONDS
