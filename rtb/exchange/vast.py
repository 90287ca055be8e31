"""A VAST or DAAST document as a player reads it (pure)."""

from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

WIDEST: Final = 1_000_000  # characters of markup that are looked at


class NotVast(ValueError):
    """It is no XML, or no VAST."""


@dataclass(frozen=True, slots=True)
class File:
    url: str
    mime: str


@dataclass(frozen=True, slots=True)
class Vast:
    """What a player needs of the first inline ad."""

    version: str
    root: str  # VAST or DAAST
    seconds: float
    files: tuple[File, ...]
    impressions: tuple[str, ...]
    events: dict[str, tuple[str, ...]]
    clicks: tuple[str, ...]  # the click-through


def read(markup: str) -> Vast:
    """Raises NotVast. No entity is ever expanded: documents that declare any are refused."""
    if "<!DOCTYPE" in markup or "<!ENTITY" in markup or len(markup) > WIDEST:
        raise NotVast("a document type declaration, or too long")
    try:
        tree = ET.fromstring(markup)  # noqa: S314 - declarations are refused above
    except ET.ParseError as exc:
        raise NotVast(str(exc)) from exc
    if tree.tag not in {"VAST", "DAAST"} or tree.find("Ad") is None:
        raise NotVast(f"<{tree.tag}> without an <Ad>")
    tracking: dict[str, tuple[str, ...]] = {}
    for each in tree.iter("Tracking"):
        event = each.get("event", "")
        tracking[event] = (*tracking.get(event, ()), _text(each))
    return Vast(
        version=tree.get("version", ""),
        root=tree.tag,
        seconds=_seconds(tree.findtext(".//Duration", "").strip()),
        files=tuple(File(_text(each), each.get("type", "")) for each in tree.iter("MediaFile")),
        impressions=tuple(_text(each) for each in tree.iter("Impression")),
        events=tracking,
        clicks=tuple(_text(each) for each in tree.iter("ClickThrough")),
    )


def _text(element: ET.Element) -> str:
    return (element.text or "").strip()


def _seconds(clock: str) -> float:
    """Of "00:00:15" or "00:00:15.500"."""
    parts = clock.split(":")
    try:
        hours, minutes, seconds = map(float, parts)
    except ValueError as exc:
        raise NotVast(f"Duration {clock!r}") from exc
    return hours * 3600 + minutes * 60 + seconds
