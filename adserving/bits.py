"""Sets of positions as one integer: bit ``n`` is set when position ``n`` is in the set (pure).

Intersections and unions of thousands of line items are then single integer operations.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

BITS_PER_BYTE = 8


def of(positions: Iterable[int]) -> int:
    """The set of these positions, in time linear in the largest."""
    ordered = sorted(positions)
    if not ordered:
        return 0
    packed = bytearray(ordered[-1] // BITS_PER_BYTE + 1)
    for position in ordered:
        packed[position // BITS_PER_BYTE] |= 1 << position % BITS_PER_BYTE
    return int.from_bytes(packed, "little")


def of_flags(flags: npt.NDArray[np.bool_]) -> int:
    """The set of the positions whose flag is true; shape: n."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def first(count: int) -> int:
    """The set of the positions below ``count``."""
    return (1 << count) - 1


def lowest(mask: int) -> int:
    """The lowest position in a set that is not empty."""
    return (mask & -mask).bit_length() - 1


def each(mask: int) -> Iterator[int]:
    """The positions in the set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
