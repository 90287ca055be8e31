"""What every embedded engine can do, and how its start can fail."""

import os
from pathlib import Path
from typing import Protocol

from adplatform.embedded.child import Child

LOCALHOST = "127.0.0.1"


class EngineFailed(Exception):
    """An embedded engine did not start; the message shows the end of its log."""


class Engine(Protocol):
    """One small real engine on a port of this machine."""

    @property
    def name(self) -> str: ...

    @property
    def variable(self) -> str:
        """The environment variable that holds its address."""

    @property
    def note(self) -> str:
        """What the operator should know; empty when there is nothing."""

    @property
    def address(self) -> str: ...

    def spawn(self, log: Path) -> Child:
        """Start it, creating its state on the first start; does not wait until it is ready."""

    def is_ready(self) -> bool:
        """Whether it answers in its own protocol."""


def environment_without(*prefixes: str) -> dict[str, str]:
    """Our environment minus the variables that would configure the engine behind our back."""
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}
