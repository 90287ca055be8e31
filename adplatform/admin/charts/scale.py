"""Where a number lies on a chart, and the round numbers along its axes (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Final

ROOM: Final = 0.06  # of the span, above the highest number
LEAST: Final = 1e-9  # a span below it is none


@dataclass(frozen=True, slots=True)
class Scale:
    """Numbers from ``low`` to ``high`` lie between the places ``start`` and ``end``."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Numbers outside lie at the nearer end."""
        inside = min(max(value, self.low), self.high)
        return self.start + (self.end - self.start) * (inside - self.low) / (self.high - self.low)

    def ticks(self, about: int = 5) -> list[float]:
        """Numbers that people count in: 1, 2, 5 and their tens."""
        rough = (self.high - self.low) / about
        power = 10.0 ** floor(log10(rough))
        step = next(power * each for each in (1, 2, 5, 10) if power * each >= rough * 0.999)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(count * step, 12) for count in range(first, last + 1)]

    def labels(self, about: int = 5) -> list[tuple[float, str]]:
        """Ticks with what to write there: shares in percent, all with the same digits."""
        ticks = self.ticks(about)
        step = ticks[1] - ticks[0] if len(ticks) > 1 else self.high - self.low
        digits = max(0, -floor(log10(step * 100) + 1e-9))
        return [(value, f"{value:.{digits}%}" if value else "0") for value in ticks]


def from_zero(values: Iterable[float], start: float, end: float) -> Scale:
    """From 0 to a little above the highest of the values."""
    highest = max([value for value in values if isfinite(value)], default=0.0)
    return Scale(0.0, highest * (1 + ROOM) if highest > LEAST else 1.0, start, end)


def around_zero(values: Iterable[float], start: float, end: float) -> Scale:
    """Both sides of 0, the same length each."""
    farthest = max([abs(value) for value in values if isfinite(value)], default=0.0)
    reach = farthest * (1 + ROOM) if farthest > LEAST else 1.0
    return Scale(-reach, reach, start, end)
