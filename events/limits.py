"""When dead letters are too many to be single bad events; pure.

A wrong release, here or at a sender, makes every message poison. Then the consumer stands still
instead of moving the whole topic to the dead letters (the idea is Sentry's arroyo's).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WINDOW: Final = 10_000  # messages over which the share is taken, roughly
ENOUGH: Final = 1000  # fewer say nothing about a share


class TooManyDeadLetters(Exception):
    """Nothing of the batch has been sent to the dead letters."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``consecutive`` dead letters in a row, or a ``ratio`` of the last messages; 0 is no limit."""

    consecutive: int
    ratio: float


@dataclass(frozen=True, slots=True)
class History:
    """Dead letters in a row up to now, and how many of the last messages were dead."""

    consecutive: int = 0
    messages: int = 0
    dead: int = 0


def judged(history: History, dead: Sequence[bool], limits: Limits) -> History:
    """The history after a batch; ``dead`` says of each message, by offset, whether it is poison.

    Raises:
        TooManyDeadLetters: the batch would go beyond a limit.
    """
    consecutive, longest = _runs(history.consecutive, dead)
    messages, count = history.messages + len(dead), history.dead + sum(dead)
    if limits.consecutive and longest >= limits.consecutive:
        raise TooManyDeadLetters(f"{longest} messages in a row cannot be stored")
    if limits.ratio and messages >= ENOUGH and count > limits.ratio * messages:
        raise TooManyDeadLetters(f"{count} of the last {messages} messages cannot be stored")
    shrink = max(1.0, messages / WINDOW)
    return History(consecutive, int(messages / shrink), int(count / shrink))


def _runs(before: int, dead: Sequence[bool]) -> tuple[int, int]:
    """How many in a row at the end, and at most."""
    run, longest = before, 0
    for is_dead in dead:
        run = run + 1 if is_dead else 0
        longest = max(longest, run)
    return run, longest
