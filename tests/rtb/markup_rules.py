"""The rules of ``tests.rtb.validator`` that look into the markup: banner, VAST, DAAST, native."""

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

PLAYABLE = frozenset({"video", "audio"})
INLINE = {  # a document's root and version: the protocol that it is
    ("VAST", "1"): 1, ("VAST", "2"): 2, ("VAST", "3"): 3, ("VAST", "4.0"): 7, ("VAST", "4.1"): 11,
    ("VAST", "4.2"): 13, ("VAST", "4.3"): 15, ("DAAST", "1"): 9,
}  # fmt: skip
ASSET_KINDS = ("title", "img", "video", "data")


def document(bid: dict) -> ET.Element | None:
    try:
        return ET.fromstring(bid.get("adm", ""))  # noqa: S314  # our own markup
    except ET.ParseError:
        return None


def duration_of(bid: dict) -> int:
    """Seconds: what the bid says, else what its markup says; 0 when neither does."""
    found = None if bid.get("dur") else document(bid)
    text = found.findtext(".//Duration", "") if found is not None else ""
    clock = re.fullmatch(r"\s*(\d+):(\d\d):(\d\d)(?:\.\d+)?\s*", text)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    return bid.get("dur", 0)


def banner_type(case: Any) -> Iterator[str]:
    if case.format != "banner":
        return
    adm, blocked = case.bid.get("adm", "").lower(), case.slot.get("btype") or []
    kinds = {4: "<iframe" in adm, 3: "<script" in adm}
    kinds[2] = not any(kinds.values()) and "<img" in adm
    for code, is_one in kinds.items():
        if is_one and code in blocked:
            yield f"type {code} is blocked"


def playable(case: Any) -> Iterator[str]:
    """The document, its version, its files and what it lasts."""
    if case.format not in PLAYABLE or not case.bid.get("adm"):
        return
    root = document(case.bid)
    if root is None or root.tag not in {"VAST", "DAAST"}:
        yield "the markup is neither VAST nor DAAST"
        return
    if root.find("Ad") is None:
        yield "the document has no ad"
    yield from _protocol(case, root)
    yield from _files(case, root)
    yield from _skipping(case, root)
    if case.slot.get("linearity") == 1 and root.find(".//Linear") is None:
        yield "the ad is not linear"
    if case.slot.get("linearity") == 2 and root.find(".//NonLinear") is None:
        yield "the ad is linear"


def _protocol(case: Any, root: ET.Element) -> Iterator[str]:
    offered = case.slot.get("protocols") or []
    version = root.get("version", "")
    ours = INLINE.get((root.tag, version)) or INLINE.get((root.tag, version.removesuffix(".0")))
    if offered and ours not in offered:
        yield f"{root.tag} {version} is not one of the protocols {offered}"
    if case.bid.get("protocol") and case.bid["protocol"] != ours:
        yield f"protocol {case.bid['protocol']} is not {root.tag} {version}"


def _files(case: Any, root: ET.Element) -> Iterator[str]:
    files, mimes = root.findall(".//MediaFile"), case.slot.get("mimes") or []
    if not files:
        yield "no media file"
    for file in files:
        if mimes and file.get("type") not in mimes:
            yield f"{file.get('type')} is not one of {mimes}"
        if not re.match("https?://", (file.text or "").strip()):
            yield "a media file without an address"
    rates = [int(file.get("bitrate") or 0) for file in files]
    least, most = case.slot.get("minbitrate") or 0, case.slot.get("maxbitrate") or 10**9
    if rates and not any(rate == 0 or least <= rate <= most for rate in rates):
        yield f"no bitrate of {rates} is between {least} and {most}"


def _skipping(case: Any, root: ET.Element) -> Iterator[str]:
    has_button = any(each.get("skipoffset") for each in root.iter("Linear"))
    attributes = case.bid.get("attr") or []
    if case.slot.get("skip") == 1 and 16 in attributes:
        yield "attribute 16, although the player shows the skip button"
    if case.slot.get("skip") != 1 and has_button and 16 not in attributes:
        yield "a skip button without attribute 16"


def duration(case: Any) -> Iterator[str]:
    if case.format not in PLAYABLE:
        return
    slot, seconds = case.slot, duration_of(case.bid)
    exact, least, most = slot.get("rqddurs"), slot.get("minduration"), slot.get("maxduration")
    root = document(case.bid)
    if case.bid.get("dur") and root is not None and root.find(".//Duration") is not None:
        inside = duration_of({**case.bid, "dur": 0})
        if inside != case.bid["dur"]:
            yield f"dur is {case.bid['dur']}, the markup lasts {inside}"
    if exact and seconds not in exact:
        yield f"{seconds} s is not one of {exact}"
    if not exact and not (least or 0) <= seconds <= (most or 10**9):
        yield f"{seconds} s is not between {least} and {most}"
    yield from _pod(case, seconds)


def _pod(case: Any, seconds: int) -> Iterator[str]:
    whole = case.slot.get("poddur")
    if whole and not case.bid.get("dur"):
        yield "dur is missing in a dynamic pod"
    if whole and seconds > whole:
        yield f"{seconds} s is longer than the pod"
    if case.bid.get("slotinpod") and not whole:
        yield "slotinpod answers dynamic pods only"


def native(case: Any) -> Iterator[str]:
    if case.format != "native" or not case.bid.get("adm"):
        return
    try:
        answer = json.loads(case.bid["adm"])
        answer = answer.get("native", answer)
    except (ValueError, AttributeError):
        yield "the markup is not a JSON object"
        return
    asked = native_asked(case.slot)
    given = {asset.get("id"): asset for asset in answer.get("assets") or []}
    if not (answer.get("link") or {}).get("url"):
        yield "no link"
    for missing in {a["id"] for a in asked["assets"] if a.get("required") == 1} - given.keys():
        yield f"the required asset {missing} is missing"
    wanted = {asset["id"]: asset for asset in asked["assets"]}
    for number, asset in given.items():
        if number not in wanted:
            yield f"nobody asked for asset {number}"
        else:
            yield from (f"asset {number}: {each}" for each in _asset(wanted[number], asset))
    yield from _trackers(asked, answer)


def native_asked(slot: dict) -> dict:
    """The request in whichever of its three forms."""
    found = slot["request"]
    found = json.loads(found) if isinstance(found, str) else found
    return found.get("native", found)


def _asset(wanted: dict, given: dict) -> Iterator[str]:
    kind = next((each for each in ASSET_KINDS if each in wanted), "")
    content = given.get(kind)
    if not content:
        yield f"is no {kind}"
    elif kind == "img":
        yield from _image(wanted["img"], content)
    elif kind == "video":
        if not content.get("vasttag"):
            yield "a video without vasttag"
    else:
        text = content.get("text" if kind == "title" else "value")
        if not isinstance(text, str) or not text:
            yield "is empty"
        elif len(text) > (wanted[kind].get("len") or 10**9):
            yield f"{len(text)} characters are too many"


def _image(wanted: dict, given: dict) -> Iterator[str]:
    if not re.match("https?://", given.get("url", "")):
        yield "no address"
    for side in ("w", "h"):
        exact, least, ours = wanted.get(side), wanted.get(f"{side}min"), given.get(side)
        if least:
            if not ours or ours < least:
                yield f"{side} is {ours}, less than {least}"
        elif exact and ours != exact:
            yield f"{side} is {ours}, not {exact}"


def _trackers(asked: dict, answer: dict) -> Iterator[str]:
    offered = {
        (each.get("event"), method)
        for each in asked.get("eventtrackers") or []
        for method in each.get("methods") or []
    }
    for tracker in answer.get("eventtrackers") or []:
        if (tracker.get("event"), tracker.get("method")) not in offered:
            yield f"nobody offered event {tracker.get('event')} by {tracker.get('method')}"


MARKUP_RULES = (banner_type, playable, duration, native)
