"""Code lists of AdCOM 1.0 that decide something here; how categories and domains nest (pure)."""

from enum import IntEnum


class BannerType(IntEnum):
    """``btype``: what a banner may not be."""

    XHTML_TEXT = 1
    XHTML_BANNER = 2
    JAVASCRIPT = 3
    IFRAME = 4


class CreativeAttribute(IntEnum):
    """``attr`` of a bid, ``battr`` of a slot; those that we set or look for."""

    AUDIO_AUTO = 1
    AUDIO_USER = 2
    EXPANDABLE_AUTO = 3
    EXPANDABLE_CLICK = 4
    EXPANDABLE_ROLLOVER = 5
    VIDEO_AUTO = 6
    VIDEO_USER = 7
    POP = 8
    PROVOCATIVE = 9
    SHAKY = 10
    SURVEY = 11
    TEXT_ONLY = 12
    INTERACTIVE = 13
    DIALOG = 14
    AUDIO_BUTTON = 15
    SKIP_BUTTON = 16
    FLASH = 17
    RESPONSIVE = 18
    QR_CODE = 19
    TRANSPARENT = 20
    STATIC = 21
    LIMITED_MOTION = 22
    FULL_MOTION = 23


class Protocol(IntEnum):
    """Versions of VAST and DAAST, inline and as a wrapper."""

    VAST_1 = 1
    VAST_2 = 2
    VAST_3 = 3
    VAST_1_WRAPPER = 4
    VAST_2_WRAPPER = 5
    VAST_3_WRAPPER = 6
    VAST_4 = 7
    VAST_4_WRAPPER = 8
    DAAST_1 = 9
    DAAST_1_WRAPPER = 10
    VAST_4_1 = 11
    VAST_4_1_WRAPPER = 12
    VAST_4_2 = 13
    VAST_4_2_WRAPPER = 14
    VAST_4_3 = 15
    VAST_4_3_WRAPPER = 16


class Linearity(IntEnum):
    LINEAR = 1
    NON_LINEAR = 2


def prefixes(category: str) -> tuple[str, ...]:
    """The category and those that it is part of: IAB25-3 and IAB25."""
    parts = category.strip().upper().split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def domain_parents(domain: str) -> tuple[str, ...]:
    """The domain and those that it is a subdomain of, in lower case: a.b.uk, b.uk, uk."""
    labels = domain.strip().lower().strip(".").split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels)) if labels[start])
