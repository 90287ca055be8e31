"""A rate with its interval, as charts take it (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A number from ``low`` to ``high``, most likely ``value``."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{percent(self.value)} ({percent(self.low)} to {percent(self.high)})"


def percent(rate: float) -> str:
    """As many digits as a click rate needs: 12.5%, 3.52%, 0.180%."""
    size = abs(rate)
    digits = 1 if size >= 0.1 else 2 if size >= 0.01 else 3  # noqa: PLR2004
    return f"{rate:.{digits}%}"


def signed(share: float) -> str:
    """A change: +12%, -3.1%, +0.4%, 0.0%."""
    digits = 0 if abs(share) >= 0.0995 else 1  # noqa: PLR2004
    rounded = round(share, digits + 2)
    return f"{rounded:+.{digits}%}" if rounded else "0.0%"


def more(share: float) -> str:
    """A change of a number of things: 12% more, 3.1% fewer."""
    return f"{signed(share).lstrip('+-')} {'more' if share >= 0 else 'fewer'}"
