"""Sets of IP addresses as sorted, disjoint ranges, and how a list of them is written; pure."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

SHORTEST_PREFIX: Final = 3  # an eighth of all addresses; a shorter one is a slip of the pen
V4_BYTES: Final = 4
V6_BYTES: Final = 16

Address = IPv4Address | IPv6Address
Pair = tuple[int, int]  # first and last number, both inside


class BadList(Exception):
    """A line of a list that is no address and no network."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Numbers: ``starts`` ascend, and each range ends before the next one starts."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    def __contains__(self, number: int) -> bool:
        position = bisect_right(self.starts, number) - 1
        return position >= 0 and number <= self.ends[position]

    def __iter__(self) -> Iterator[Pair]:
        return zip(self.starts, self.ends, strict=True)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def size(self) -> int:
        """How many numbers are inside."""
        return sum(self.ends) - sum(self.starts) + len(self)


@dataclass(frozen=True, slots=True)
class AddressSet:
    """Addresses of both versions."""

    v4: Spans = field(default_factory=Spans)
    v6: Spans = field(default_factory=Spans)

    def __contains__(self, address: Address) -> bool:
        return int(address) in (self.v4 if address.version == 4 else self.v6)  # noqa: PLR2004

    def __len__(self) -> int:
        """How many ranges."""
        return len(self.v4) + len(self.v6)

    def __or__(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(merge([*self.v4, *other.v4]), merge([*self.v6, *other.v6]))

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(_without(self.v4, other.v4), _without(self.v6, other.v6))


def merge(pairs: Iterable[Pair]) -> Spans:
    """The same numbers in as few ranges as possible."""
    merged: list[Pair] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return _spans(merged)


def _without(kept: Spans, removed: Spans) -> Spans:
    return _spans(piece for first, last in kept for piece in _cut(first, last, removed))


def _cut(first: int, last: int, removed: Spans) -> Iterator[Pair]:
    """What is left of one range."""
    position = max(bisect_right(removed.starts, first) - 1, 0)
    while position < len(removed) and removed.starts[position] <= last:
        start, end = removed.starts[position], removed.ends[position]
        if first < start:
            yield first, start - 1
        first = max(first, end + 1)
        position += 1
    if first <= last:
        yield first, last


def _spans(pairs: Iterable[Pair]) -> Spans:
    found = list(pairs)
    return Spans(tuple(first for first, _ in found), tuple(last for _, last in found))


# A list as a text: one address or network a line, "#" and ";" begin a comment


def parse(lines: Iterable[str]) -> AddressSet:
    """The addresses of a list.

    Raises:
        BadList: names the first line that cannot be read.
    """
    pairs: dict[int, list[Pair]] = {4: [], 6: []}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].partition(";")[0].strip().lstrip("\ufeff")
        if text:
            network = _network(text, number)
            pairs[network.version].append(
                (int(network.network_address), int(network.broadcast_address))
            )
    return AddressSet(merge(pairs[4]), merge(pairs[6]))


def _network(text: str, number: int) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text)
    except ValueError as exc:
        raise BadList(
            f"line {number}: {text[:80]!r} is no address and no network ({exc}): "
            "write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"
        ) from exc
    if network.prefixlen < SHORTEST_PREFIX:
        raise BadList(
            f"line {number}: {text!r} covers more than an eighth of the internet: "
            f"give a network of /{SHORTEST_PREFIX} or smaller"
        )
    return network


# A list as bytes: for each range its first and its last number, big-endian


def pack(spans: Spans, width: int) -> bytes:
    """``width`` is V4_BYTES or V6_BYTES."""
    return b"".join(number.to_bytes(width) for pair in spans for number in pair)


def unpack(packed: bytes, width: int) -> Spans:
    """The ranges that ``pack`` wrote."""
    numbers = (int.from_bytes(raw) for (raw,) in struct.iter_unpack(f"{width}s", packed))
    flat = tuple(numbers)
    return Spans(flat[::2], flat[1::2])
