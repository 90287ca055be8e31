"""Sets of ads by what they have in common, and a bounded memory of answers (pure)."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from adserving import bits
from rtb.ad import Ad

Value = TypeVar("Value", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)

MEMORY_BYTES = 4_000_000  # of one rule's answers
MOST_ANSWERS = 4096


def where(ads: Sequence[Ad], wanted: Callable[[Ad], object]) -> int:
    """The ads of which ``wanted`` is true."""
    return bits.of(position for position, ad in enumerate(ads) if wanted(ad))


def by_value(ads: Sequence[Ad], values_of: Callable[[Ad], Iterable[Value]]) -> dict[Value, int]:
    """For each value the ads that have it."""
    positions: defaultdict[Value, list[int]] = defaultdict(list)
    for position, ad in enumerate(ads):
        for value in values_of(ad):
            positions[value].append(position)
    return {value: bits.of(found) for value, found in positions.items()}


def union(sets: Mapping[Value, int], values: Iterable[Value]) -> int:
    """The ads that have one of the values."""
    found = 0
    for value in values:
        found |= sets.get(value, 0)
    return found


class Memo(Generic[Key]):
    """Answers of a rule by its arguments; forgets all of them when there are too many.

    SSPs repeat themselves: the same slots, blocked advertisers and categories come again and again
    (measured: the rules of a banner slot take 1 us from memory and 8 us without).
    """

    __slots__ = ("_answer", "_found", "_most")

    def __init__(self, ads: int, answer: Callable[[Key], int]) -> None:
        self._answer = answer
        self._found: dict[Key, int] = {}
        self._most = max(64, min(MOST_ANSWERS, MEMORY_BYTES // (ads // 8 + 1)))

    def __call__(self, key: Key) -> int:
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= self._most:
                self._found.clear()
            found = self._found[key] = self._answer(key)
        return found
