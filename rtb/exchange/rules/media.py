"""Sizes, and what a player can play: files, protocols, durations (pure)."""

from typing import Final

from rtb.exchange import vast
from rtb.exchange.rules.case import Case, Rule

# AdCOM creative subtypes by root and version of an inline document.
PROTOCOLS: Final = {
    ("VAST", "2.0"): 2,
    ("VAST", "3.0"): 3,
    ("VAST", "4.0"): 7,
    ("VAST", "4.1"): 11,
    ("VAST", "4.2"): 13,
    ("VAST", "4.3"): 15,
    ("DAAST", "1.0"): 9,
}


def size(case: Case) -> str:
    """One of the sizes offered (prebid: not larger than the largest); none offered means any."""
    banner = case.imp.banner
    if case.kind != "banner" or banner is None or not banner.sizes:
        return ""
    own = (case.bid.w, case.bid.h)
    if 0 in own:
        return ""  # another rule's
    return "" if own in banner.sizes else f"{own} is none of {banner.sizes}"


def document(case: Case) -> str:
    if case.media is None or not case.bid.adm:
        return ""
    try:
        found = vast.read(case.bid.adm)
    except vast.NotVast as exc:
        return f"no VAST: {exc}"
    if not found.impressions or not all(found.impressions):
        return "VAST without an <Impression>"
    return "" if found.files else "VAST without a <MediaFile>"


def mime(case: Case) -> str:
    found, media = _document(case), case.media
    if found is None or media is None or not media.mimes:
        return ""
    kinds = {each.mime for each in found.files}
    return "" if kinds & set(media.mimes) else f"{sorted(kinds)} are not in mimes {media.mimes}"


def protocol(case: Case) -> str:
    """What the bid says and what the document is, both within what the request lists."""
    found, media = _document(case), case.media
    if found is None or media is None or not media.protocols:
        return ""
    actual = PROTOCOLS.get((found.root, found.version), 0)
    said = case.bid.protocol or actual
    if said != actual:
        return f"bid.protocol is {said}, the document is {found.root} {found.version}"
    return "" if said in media.protocols else f"protocol {said} is not in {media.protocols}"


def duration(case: Case) -> str:
    found, media = _document(case), case.media
    if found is None or media is None:
        return ""
    if case.bid.dur and abs(case.bid.dur - found.seconds) >= 1:
        return f"bid.dur is {case.bid.dur}, the document lasts {found.seconds} s"
    if found.seconds < media.minduration:
        return f"{found.seconds} s is under {media.minduration} s"
    if media.maxduration and found.seconds > media.maxduration:
        return f"{found.seconds} s is over {media.maxduration} s"
    return ""


def _document(case: Case) -> vast.Vast | None:
    if case.media is None or not case.bid.adm:
        return None
    try:
        return vast.read(case.bid.adm)
    except vast.NotVast:
        return None


RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("size_offered", size),
    ("vast", document),
    ("mime", mime),
    ("protocol", protocol),
    ("duration", duration),
)
