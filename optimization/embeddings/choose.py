"""Which combinations are embedded literally: all of them, or some spread evenly (pure)."""

from collections.abc import Iterator
from itertools import islice
from math import gcd
from typing import Final

from optimization.space import Space

GOLDEN: Final = 0.6180339887498949
TRIES: Final = 50  # positions looked at per combination wanted, where rules forbid most


def chosen(space: Space, cap: int) -> Iterator[tuple[int, ...]]:
    """Every allowed combination in position order where ``cap`` positions hold them; else ``cap``
    allowed ones, spread over the whole space, the same ones each time. Lazily.
    """
    if space.size <= cap:
        return space.valid()
    walk = (space.combination(position) for position in _spread(space.size, TRIES * cap))
    return islice(filter(space.allows, walk), cap)


def _spread(size: int, most: int) -> Iterator[int]:
    """Different positions, evenly spread however many are taken: steps of the golden section."""
    step = max(1, int(size * GOLDEN))
    while gcd(step, size) != 1:
        step += 1
    position = 0
    for _ in range(min(size, most)):
        yield position
        position = (position + step) % size
