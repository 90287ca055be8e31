"""Rules about video and audio slots (OpenRTB 2.6 sections 3.2.7 and 3.2.8; pure)."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from adserving import bits
from rtb.ad import Ad
from rtb.openrtb.lists import CreativeAttribute, Linearity, Protocol
from rtb.openrtb.request import Audio, Video
from rtb.reasons import NoBid
from rtb.rules.sets import Memo, by_value, union, where

Slot: TypeAlias = Video | Audio
Rule = Callable[[Slot], int]
Builder = Callable[[Sequence[Ad]], Rule | None]

VAST: Final = frozenset(  # inline, as rtb.markup writes it
    {
        Protocol.VAST_2,
        Protocol.VAST_3,
        Protocol.VAST_4,
        Protocol.VAST_4_1,
        Protocol.VAST_4_2,
        Protocol.VAST_4_3,
    }
)
VAST_OR_DAAST: Final = VAST | {Protocol.DAAST_1}


def mime(ads: Sequence[Ad]) -> Rule:
    """One media file of an offered type; a slot without ``mimes`` takes any."""
    types = by_value(ads, lambda ad: {file.mime.lower() for file in ad.creative.attributes.media})
    everyone = bits.first(len(ads))
    memo: Memo[tuple[str, ...]] = Memo(
        len(ads), lambda accepted: everyone & ~union(types, map(str.lower, accepted))
    )
    return lambda slot: memo(tuple(slot.mimes)) if slot.mimes else 0


def protocol(ads: Sequence[Ad]) -> Rule:
    """We write whatever inline version the player asks for; without one nobody can play it."""
    everyone = bits.first(len(ads))

    def rule(slot: Slot) -> int:
        offered = protocols_of(slot)
        spoken = VAST if isinstance(slot, Video) else VAST_OR_DAAST
        return everyone if offered and spoken.isdisjoint(offered) else 0

    return rule


def protocols_of(slot: Slot) -> tuple[int, ...]:
    """``protocols``, else the older ``protocol`` of one."""
    if slot.protocols:
        return tuple(slot.protocols)
    older = getattr(slot, "protocol", None)
    return (older,) if older else ()


def duration(ads: Sequence[Ad]) -> Rule:
    """Within ``minduration`` and ``maxduration``, both included; or one of ``rqddurs``."""
    lengths = by_value(ads, lambda ad: (ad.creative.attributes.duration,))

    def answer(bounds: tuple[int, int, tuple[int, ...]]) -> int:
        least, most, exact = bounds
        wrong = (
            length
            for length in lengths
            if (length not in exact if exact else not least <= length <= most)
        )
        return union(lengths, wrong)

    memo = Memo(len(ads), answer)
    return lambda slot: memo(_bounds(slot))


def bitrate(ads: Sequence[Ad]) -> Rule:
    """A file of an offered type lies within ``minbitrate`` and ``maxbitrate``; unknown passes."""
    everyone = bits.first(len(ads))

    def answer(key: tuple[tuple[str, ...], int, int]) -> int:
        return everyone & ~where(ads, lambda ad: _plays(ad, *key))

    memo = Memo(len(ads), answer)

    def rule(slot: Slot) -> int:
        least, most = slot.minbitrate or 0, slot.maxbitrate or 0
        return memo((slot.mimes, least, most)) if least or most else 0

    return rule


def linearity(ads: Sequence[Ad]) -> Rule:
    """Ours play instead of the content, never over it."""
    everyone = bits.first(len(ads))

    def rule(slot: Slot) -> int:
        asked = slot.linearity if isinstance(slot, Video) else None
        return everyone if asked and asked != Linearity.LINEAR else 0

    return rule


def skippability(ads: Sequence[Ad]) -> Rule | None:
    """Where the publisher adds a skip button (skip 1), a creative must not bring its own."""
    own = where(ads, lambda ad: ad.creative.attributes.skip_after is not None)

    def rule(slot: Slot) -> int:
        return own if isinstance(slot, Video) and slot.skip == 1 else 0

    return rule if own else None


BUILDERS: Final[tuple[tuple[NoBid, Builder], ...]] = (
    (NoBid.MIME, mime),
    (NoBid.PROTOCOL, protocol),
    (NoBid.DURATION, duration),
    (NoBid.BITRATE, bitrate),
    (NoBid.LINEARITY, linearity),
    (NoBid.SKIPPABILITY, skippability),
)


def implied_attributes(ad: Ad) -> tuple[int, ...]:
    """The creative's attributes, with those that follow from what it is."""
    attr = ad.creative.attributes.attr
    skips = ad.creative.attributes.skip_after is not None
    return (*attr, CreativeAttribute.SKIP_BUTTON) if skips else attr


def _bounds(slot: Slot) -> tuple[int, int, tuple[int, ...]]:
    most = slot.maxduration or getattr(slot, "poddur", None) or 1_000_000
    return slot.minduration or 0, most, tuple(slot.rqddurs or ())


def _plays(ad: Ad, mimes: tuple[str, ...], least: int, most: int) -> bool:
    accepted = {each.lower() for each in mimes}
    return any(
        not file.bitrate or (file.bitrate >= least and (not most or file.bitrate <= most))
        for file in ad.creative.attributes.media
        if not accepted or file.mime.lower() in accepted
    )
