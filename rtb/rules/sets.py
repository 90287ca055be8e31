"""Sets of ads by what they have in common, and a bounded memory of answers (pure)."""

import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from adserving import bits
from rtb.ad import Ad

Value = TypeVar("Value", bound=Hashable)
Key = TypeVar("Key", bound=Hashable)

MEMORY_BYTES = 4_000_000  # of one rule's answers
MOST_ANSWERS = 4096
FEWEST_ANSWERS = 16  # an answer that leaves no room for so many others is not remembered


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
    """Answers of a rule by its arguments; forgets all of them when they take too much memory.

    SSPs repeat themselves: the same slots, blocked advertisers and categories come again and again
    (measured: the rules of a banner slot take 1 us from memory and 8 us without).
    """

    __slots__ = ("_answer", "_bytes", "_bytes_each", "_found")

    def __init__(self, ads: int, answer: Callable[[Key], int]) -> None:
        self._answer = answer
        self._found: dict[Key, int] = {}
        self._bytes_each = max(MEMORY_BYTES // MOST_ANSWERS, ads // 8)
        self._bytes = 0

    def __call__(self, key: Key) -> int:
        found = self._found.get(key)
        return self._remember(key) if found is None else found

    def __len__(self) -> int:
        return len(self._found)

    def _remember(self, key: Key) -> int:
        """A list of blocked advertisers may have thousands: then the key is what is large."""
        answer = self._answer(key)
        size = self._bytes_each + size_of(key)
        if size > MEMORY_BYTES // FEWEST_ANSWERS:
            return answer
        if self._bytes + size > MEMORY_BYTES:
            self._found.clear()
            self._bytes = 0
        self._bytes += size
        self._found[key] = answer
        return answer


def size_of(key: object) -> int:
    """Bytes of a key and what is in it, about."""
    inner = sum(map(size_of, key)) if isinstance(key, tuple) else 0
    return sys.getsizeof(key) + inner
