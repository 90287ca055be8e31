"""Cut a range into pieces of a bounded number of conversions; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

CONVERSIONS: Final = 4000  # each may have 500 touches, and a statement should end within 30 s
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole hours, ``end`` not included, and how many conversions they hold."""

    start: datetime
    end: datetime
    conversions: int


def chunks(hours: Sequence[tuple[int, int]], *, most: int = CONVERSIONS) -> list[Chunk]:
    """Neighbouring hours together as long as they hold ``most`` conversions or fewer.

    ``hours`` are (Unix seconds, conversions), ascending; an hour is never cut.
    """
    found: list[Chunk] = []
    for seconds, conversions in hours:
        start = datetime.fromtimestamp(seconds, UTC)
        last = found[-1] if found else None
        if last is not None and last.conversions + conversions <= most:
            found[-1] = Chunk(last.start, start + HOUR, last.conversions + conversions)
        else:
            found.append(Chunk(start, start + HOUR, conversions))
    return found
