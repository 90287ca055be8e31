"""What an API key opens (pure)."""

from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    DECISION = "decision"
    EVENTS = "events"
    REPORTS = "reports"


SCOPE_CHOICES: Final = [
    (Scope.DECISION.value, "Ask for decisions"),
    (Scope.EVENTS.value, "Send events"),
    (Scope.REPORTS.value, "Read reports"),
]
