"""Whether a string of the IAB's Global Privacy Platform opts out of targeted advertising (pure).

Layouts: IAB Tech Lab, "Global Privacy Platform", Core and Sections (US National, US States). What
is not understood counts as an opt-out: a section that is new, cut short or of another version.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rtb.consent.bits import BadConsent, Bits

CACHED: Final = 8_192
HEADER: Final = 3
VERSION: Final = 1
MAX_SECTIONS: Final = 64
EUROPE: Final = 2
US_PRIVACY: Final = 6
US_NATIONAL: Final = 7
CALIFORNIA: Final = 8
NOT_APPLICABLE: Final = frozenset({-1, 0})  # no section applies; not known yet
US_PRIVACY_STRING: Final = re.compile(r"1[YN-]{3}")
OPTED_OUT: Final = frozenset({1, 3})  # 3 is not defined: taken for an opt-out
GPC_SEGMENT: Final = 1
# Where two bits each say: sold, shared, used for targeted advertising; 1 is opted out.
OPT_OUTS: Final[Mapping[int, tuple[int, ...]]] = {
    US_NATIONAL: (18, 20, 22),
    CALIFORNIA: (12, 14),
    9: (12, 14),  # Virginia
    10: (12, 14),  # Colorado
    11: (14, 16),  # Utah
    12: (12, 14),  # Connecticut
    13: (12, 14),  # Florida
    14: (12, 14),  # Montana
    15: (12, 14),  # Oregon
    16: (12, 14),  # Texas
    17: (12, 14),  # Delaware
    18: (14, 16),  # Iowa
    19: (12, 14),  # Nebraska
    20: (12, 14),  # New Hampshire
    21: (12, 14),  # New Jersey
    22: (12, 14),  # Tennessee
}
# Two bits each about a person who is known to be a child, by (section, version): 0 is nobody.
CHILDREN: Final[Mapping[tuple[int, int], tuple[int, ...]]] = {
    (US_NATIONAL, 1): (48, 50),
    (US_NATIONAL, 2): (56, 58, 60),
    (CALIFORNIA, 1): (34, 36),
}


@dataclass(frozen=True, slots=True)
class Platform:
    """What a GPP string says of the sections that apply."""

    opted_out: bool = False
    europe: str | None = None  # the TC string, where that section applies


NOTHING: Final = Platform()


@lru_cache(maxsize=CACHED)
def read(text: str, section_ids: tuple[int, ...]) -> Platform:
    """Without section ids every American section of the string is taken to apply."""
    applying = set(section_ids) - NOT_APPLICABLE
    if section_ids and not applying:
        return NOTHING
    try:
        sections = dict(_sections(text)) if text else {}
    except BadConsent:
        return Platform(opted_out=True, europe="" if EUROPE in applying else None)
    asked = applying or {each for each in sections if each >= US_PRIVACY}
    europe = sections.get(EUROPE, "") if EUROPE in applying else None
    return Platform(any(_opts_out(each, sections) for each in asked - {EUROPE}), europe)


def us_privacy_opts_out(text: str) -> bool:
    """The four characters of the CCPA string: version, notice, opted out, LSPA."""
    text = text.strip().upper()
    if not text:
        return False
    if not US_PRIVACY_STRING.fullmatch(text):
        return True
    return text[2] == "Y"


def _sections(text: str) -> Iterator[tuple[int, str]]:
    header, *sections = text.split("~", MAX_SECTIONS)
    ids = list(_ids(Bits(header)))
    if len(ids) != len(sections):
        raise BadConsent("the header names other sections than follow")
    yield from zip(ids, sections, strict=True)


def _ids(bits: Bits) -> Iterator[int]:
    """The header's range of section ids; each number is an offset from the one before."""
    if bits.number(6) != HEADER or bits.number(6) != VERSION:
        raise BadConsent("not a GPP header of version 1")
    last, found = 0, 0
    for _ in range(bits.number(12)):
        is_range = bits.number(1)
        first = last + bits.fibonacci()
        last = first + bits.fibonacci() if is_range else first
        found += last - first + 1
        if found > MAX_SECTIONS:
            raise BadConsent("too many sections")
        yield from range(first, last + 1)


def _opts_out(section_id: int, sections: Mapping[int, str]) -> bool:
    text = sections.get(section_id)
    if text is None:
        return True
    if section_id == US_PRIVACY:
        return not text or us_privacy_opts_out(text)
    if section_id not in OPT_OUTS:
        return True
    try:
        return _opted_out_in(section_id, text.split("."))
    except BadConsent:
        return True


def _opted_out_in(section_id: int, segments: list[str]) -> bool:
    core = Bits(segments[0])
    version = core.number(6)
    if version not in {1, 2}:
        return True
    if any(_pair(core, at) in OPTED_OUT for at in OPT_OUTS[section_id]):
        return True
    if any(_pair(core, at) for at in CHILDREN.get((section_id, version), ())):
        return True
    return any(_asks_for_gpc(Bits(each)) for each in segments[1:])


def _pair(bits: Bits, at: int) -> int:
    return bits.flag(at) << 1 | bits.flag(at + 1)


def _asks_for_gpc(bits: Bits) -> bool:
    """Global Privacy Control in a segment of its own."""
    return bits.number(2) == GPC_SEGMENT and bool(bits.number(1))
