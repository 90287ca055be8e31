"""How often each reason was counted, as bars on pages for people (pure)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rtb.admin.words import turned_down


@dataclass(frozen=True, slots=True)
class Share:
    """One reason in words; ``percent`` is relative to the most frequent one."""

    reason: str
    count: int
    percent: float

    @property
    def shown(self) -> str:
        return f"{self.count:,}"


def shares(
    counted: Iterable[tuple[str, int]], words: Callable[[str], str] = turned_down
) -> Sequence[Share]:
    """In the order given."""
    pairs = list(counted)
    most = max((count for _, count in pairs), default=1)
    return [Share(words(name), count, count / most * 100) for name, count in pairs]
