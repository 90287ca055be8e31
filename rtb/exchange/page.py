"""What a page, a player or an app fetches of an ad's markup (pure)."""

import json
import re
from dataclasses import dataclass, fields
from html.parser import HTMLParser
from typing import Final

from rtb.exchange import native_ad, vast

IMPRESSION_EVENT, IMG_METHOD = 1, 1
TEMPLATE_TAG: Final = re.compile(rb'id="adp-config"[^>]*>(.*?)</script>', re.DOTALL)


class Unreadable(ValueError):
    """The markup, or a page in it, is not what its type says."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The addresses in the markup, in the order in which they are fetched."""

    pixels: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    click: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a template's page reports, and where its click goes."""

    impression_url: str
    viewable_url: str
    click_url: str


class _Markup(HTMLParser):
    """Collects images, frames and the first link."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.frames: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        places = {"img": (self.images, "src"), "iframe": (self.frames, "src")}
        places["a"] = (self.links, "href")
        if tag in places:
            into, name = places[tag]
            into.extend([url] if (url := found.get(name)) else [])


def shown(kind: str, markup: str) -> Shown:
    """The addresses of a markup of one format. Raises Unreadable."""
    try:
        return _READERS[kind](markup)
    except (vast.NotVast, native_ad.NotNative) as exc:
        raise Unreadable(f"{kind}: {exc}") from exc


def decision_url(page: bytes) -> str:
    """Where the tag of an ad's template asks what to show. Raises Unreadable."""
    found = TEMPLATE_TAG.search(page)
    if found is None:
        raise Unreadable("the ad's page has no adp-config")
    try:
        return str(json.loads(found[1])["decision_url"])
    except (ValueError, KeyError, TypeError) as exc:
        raise Unreadable(f"the adp-config: {exc!r}") from exc


def read_decision(body: bytes) -> Decision | None:
    """The answer of the decision URL; None when there is no ad to show. Raises Unreadable."""
    try:
        answer = json.loads(body)
        if answer["ad_id"] is None:
            return None
        return Decision(*(str(answer[each.name]) for each in fields(Decision)))
    except (ValueError, KeyError, TypeError) as exc:
        raise Unreadable(f"the decision: {exc!r}") from exc


def _banner(markup: str) -> Shown:
    parser = _Markup()
    parser.feed(markup)
    return Shown(tuple(parser.images), tuple(parser.frames), next(iter(parser.links), ""))


def _played(markup: str) -> Shown:
    document = vast.read(markup)
    return Shown(pixels=document.impressions, click=next(iter(document.clicks), ""))


def _native(markup: str) -> Shown:
    ad = native_ad.read(markup)
    events = (
        each.url
        for each in ad.eventtrackers
        if (each.event, each.method) == (IMPRESSION_EVENT, IMG_METHOD)
    )
    pixels = dict.fromkeys((*ad.imptrackers, *events))  # a page asks for each address once
    return Shown(pixels=tuple(pixels), click=ad.link.url if ad.link else "")


_READERS: Final = {"banner": _banner, "video": _played, "audio": _played, "native": _native}
