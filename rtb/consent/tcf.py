"""What a TC string of the IAB's Transparency and Consent Framework 2 allows one vendor (pure).

Layout: IAB Tech Lab, "Consent string and vendor list formats v2", core segment. Only what a bidder
asks is read; the maintained-once package iab-tcf decodes everything, needs a compiler, takes a
string that is cut short for one that says no, and does not know publisher restrictions.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rtb.consent.bits import BadConsent, Bits

VERSION: Final = 2
PURPOSES: Final = (1, 2, 7)  # store and read on a device, choose ads, measure ads
CACHED: Final = 8_192
SPECIAL_FEATURES_AT: Final = 140
PURPOSES_AT: Final = 152
VENDORS_AT: Final = 213
REQUIRE_CONSENT: Final = 1
PRECISE_GEOLOCATION: Final = 1


@dataclass(frozen=True, slots=True)
class Consent:
    """What the person allowed us; nothing where the string cannot be read."""

    given: bool = False
    precise_geo: bool = False


NONE: Final = Consent()


@lru_cache(maxsize=CACHED)
def consent(text: str, vendor_id: int, purposes: tuple[int, ...] = PURPOSES) -> Consent:
    """Whether vendor and purposes have consent, and no restriction of the publisher forbids it."""
    if vendor_id <= 0 or not text:
        return NONE
    try:
        return _read(Bits(text.partition(".")[0]), vendor_id, purposes)
    except BadConsent:
        return NONE


def _read(bits: Bits, vendor_id: int, purposes: tuple[int, ...]) -> Consent:
    if bits.number(6) != VERSION:
        return NONE
    allowed = all(bits.flag(PURPOSES_AT + purpose - 1) for purpose in purposes)
    bits.skip(VENDORS_AT - bits.at)
    allowed &= _lists(bits, vendor_id)
    _lists(bits, vendor_id)  # legitimate interest: not asked for, passed over
    allowed &= not _restricted(bits, vendor_id, purposes)
    feature = bits.flag(SPECIAL_FEATURES_AT + PRECISE_GEOLOCATION - 1)
    return Consent(allowed, allowed and feature)


def _lists(bits: Bits, vendor_id: int) -> bool:
    """Whether the vendor is in the section that comes next: a bit field or ranges."""
    greatest = bits.number(16)
    if bits.number(1):
        return _in_ranges(bits, vendor_id)
    start = bits.at
    bits.skip(greatest)
    return vendor_id <= greatest and bits.flag(start + vendor_id - 1)


def _in_ranges(bits: Bits, vendor_id: int) -> bool:
    found = False
    for _ in range(bits.number(12)):
        is_range = bits.number(1)
        first = bits.number(16)
        last = bits.number(16) if is_range else first
        found |= first <= vendor_id <= last
    return found


def _restricted(bits: Bits, vendor_id: int, purposes: tuple[int, ...]) -> bool:
    """The publisher forbids us a purpose, or allows it on another ground than consent."""
    restricted = False
    for _ in range(bits.number(12)):
        purpose, kind = bits.number(6), bits.number(2)
        ours = _in_ranges(bits, vendor_id)
        restricted |= ours and purpose in purposes and kind != REQUIRE_CONSENT
    return restricted
