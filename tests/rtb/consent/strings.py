"""Consent strings, written bit by bit as their specifications lay them out."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable


def bits(value: int, width: int) -> str:
    return format(value, f"0{width}b")


def encoded(text: str) -> str:
    padded = text + "0" * (-len(text) % 24)
    whole = int(padded, 2).to_bytes(len(padded) // 8)
    return urlsafe_b64encode(whole).decode()[: -(-len(text) // 6)]


def flags(members: Iterable[int], width: int) -> str:
    chosen = set(members)
    return "".join("1" if each in chosen else "0" for each in range(1, width + 1))


def ranges(pairs: Iterable[tuple[int, int]]) -> str:
    items = [
        "0" + bits(first, 16) if first == last else "1" + bits(first, 16) + bits(last, 16)
        for first, last in pairs
    ]
    return bits(len(items), 12) + "".join(items)


def tc_string(
    *,
    version: int = 2,
    purposes: Iterable[int] = range(1, 11),
    vendors: Iterable[int] = (),
    vendor_ranges: Iterable[tuple[int, int]] | None = None,
    features: Iterable[int] = (),
    restrictions: Iterable[tuple[int, int, tuple[int, int]]] = (),
) -> str:
    vendors, limits = list(vendors), list(restrictions)
    text = bits(version, 6) + "0" * 134 + flags(features, 12) + flags(purposes, 24) + "0" * 37
    if vendor_ranges is None:
        most = max(vendors, default=0)
        text += bits(most, 16) + "0" + flags(vendors, most)
    else:
        text += bits(1000, 16) + "1" + ranges(vendor_ranges)
    text += bits(0, 16) + "0" + bits(len(limits), 12)
    for purpose, kind, pair in limits:
        text += bits(purpose, 6) + bits(kind, 2) + ranges([pair])
    return encoded(text)


def fibonacci(number: int) -> str:
    terms = [1, 2]
    while terms[-1] < number:
        terms.append(terms[-1] + terms[-2])
    text = ["0"] * len(terms)
    for place in reversed(range(len(terms))):
        if terms[place] <= number:
            number -= terms[place]
            text[place] = "1"
    return "".join(text).rstrip("0") + "1"


def gpp_string(sections: dict[int, str]) -> str:
    last, items = 0, ""
    for section in sorted(sections):
        items += "0" + fibonacci(section - last)
        last = section
    header = encoded(bits(3, 6) + bits(1, 6) + bits(len(sections), 12) + items)
    return "~".join([header, *(sections[each] for each in sorted(sections))])


def us_section(
    pairs: dict[int, int], *, version: int = 1, width: int = 80, gpc: bool | None = None
) -> str:
    """A section whose two-bit fields at ``pairs`` have these values, all others 0."""
    text = list(bits(version, 6) + "0" * (width - 6))
    for at, value in pairs.items():
        text[at : at + 2] = bits(value, 2)
    core = encoded("".join(text))
    return core if gpc is None else f"{core}.{encoded('01' + ('1' if gpc else '0'))}"
