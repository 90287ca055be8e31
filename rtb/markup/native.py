"""Native ads (pure): a response of Native Ads 1.2 from the assets that a request asks for."""

from collections.abc import Mapping
from typing import Final

import msgspec

from adserving.links import Tracking
from adserving.snapshot import CreativeConfig
from rtb.markup.errors import NothingFits
from rtb.markup.escape import printable
from rtb.markup.tokens import tracking_of
from rtb.offer import Offer
from rtb.openrtb.native import Asset, Image, NativeRequest, assets_of
from rtb.openrtb.request import Native
from rtb.site import RtbSite

# Native Ads 1.2 sections 7.3, 7.4, 7.6 and 7.7.
SPONSORED, DESCRIPTION, RATING, PRICE, DISPLAY_URL, CALL_TO_ACTION = 1, 2, 3, 6, 11, 12
ICON, LOGO = 1, 2
IMPRESSION, VIEWABLE = 1, 2
IMAGE_METHOD: Final = 1
VERSIONS: Final = ("1.0", "1.1", "1.2")
MAY_WRAP: Final = ("", "1", "1.0", "1.1")
CANNOT_BE_CUT: Final = frozenset({RATING, PRICE, DISPLAY_URL})
MIMES: Final = {
    "png": "image/png",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
}

Filled = dict[str, object]


def can_fill(request: NativeRequest, creative: CreativeConfig) -> bool:
    """Whether every required asset is one that the creative has, and at least one is filled."""
    filled = [(asset, _filled(asset, creative)) for asset in request.assets]
    return any(found for _, found in filled) and all(
        found for asset, found in filled if asset.required
    )


def native(offer: Offer, slot: Native, site: RtbSite, now: int) -> str:
    """The ``adm`` of a native ad, as JSON text. Raises NothingFits."""
    request = assets_of(slot)
    creative = offer.ad.creative
    if request is None or not can_fill(request, creative):
        raise NothingFits(f"creative {creative.id} lacks assets of impression {offer.imp.id!r}")
    links = tracking_of(offer, site, now)
    root: dict[str, object] = {
        "ver": request.ver if request.ver in VERSIONS else VERSIONS[-1],
        "assets": [
            {"id": asset.id, **found}
            for asset in request.assets
            if (found := _filled(asset, creative))
        ],
        "link": {"url": links.click_url},
        "imptrackers": [links.impression_url],
    }
    trackers = _event_trackers(request, links)
    if trackers:
        root["eventtrackers"] = trackers
    is_wrapped = request.ver in MAY_WRAP and _was_wrapped(slot)
    text = msgspec.json.encode({"native": root} if is_wrapped else root).decode()
    return text.replace("<", "\\u003c")  # a page may put it between script tags


def _event_trackers(request: NativeRequest, links: Tracking) -> list[Mapping[str, object]]:
    """Images only, and only for events for which the request offers them.

    The impression has two ways to us then; it has one token and counts once.
    """
    urls = {IMPRESSION: links.impression_url, VIEWABLE: links.viewable_url}
    offered = {each.event for each in request.eventtrackers if IMAGE_METHOD in each.methods}
    return [
        {"event": event, "method": IMAGE_METHOD, "url": url}
        for event, url in urls.items()
        if event in offered
    ]


def _was_wrapped(slot: Native) -> bool:
    if isinstance(slot.request, str):
        return slot.request[:64].replace(" ", "").replace("\n", "").startswith('{"native":')
    return bool(slot.request and "native" in slot.request)


def _filled(asset: Asset, creative: CreativeConfig) -> Filled:
    """What answers one asset; empty where the creative has nothing that fits."""
    if asset.title:
        text = _cut(creative.attributes.title, asset.title.len)
        return {"title": {"text": text}} if text else {}
    if asset.img:
        return _image(asset.img, creative)
    if asset.data:
        value = _data(asset.data.type or 0, asset.data.len, creative)
        return {"data": {"value": value}} if value else {}
    return {}


def _image(wanted: Image, creative: CreativeConfig) -> Filled:
    url, width, height = creative.image_url, creative.width, creative.height
    if wanted.type in (ICON, LOGO):
        icon = creative.attributes.icon
        url, width, height = (icon.url, icon.width, icon.height) if icon else ("", 0, 0)
    fits = _side_fits(width, wanted.w, wanted.wmin) and _side_fits(height, wanted.h, wanted.hmin)
    if not (url and fits and _mime_fits(url, wanted.mimes)):
        return {}
    size = {"w": width, "h": height} if width and height else {}
    return {"img": {"url": printable(url), **size}}


def _side_fits(side: int, exact: int | None, least: int | None) -> bool:
    """With a least side, the exact one is only what would be best."""
    return side >= least if least else not exact or side == exact


def _mime_fits(url: str, mimes: tuple[str, ...]) -> bool:
    """By the address's ending; one that says nothing is taken."""
    ending = url.partition("?")[0].rpartition(".")[2].lower()
    mime = MIMES.get(ending)
    accepted = {each.lower().replace("image/jpg", "image/jpeg") for each in mimes}
    return not accepted or mime is None or mime in accepted


def _data(kind: int, length: int | None, creative: CreativeConfig) -> str:
    attributes = creative.attributes
    value = {
        SPONSORED: attributes.sponsored_by,
        DESCRIPTION: attributes.text,
        RATING: attributes.rating,
        PRICE: attributes.price,
        DISPLAY_URL: creative.adomain,
        CALL_TO_ACTION: attributes.call_to_action,
    }.get(kind, "")
    if kind in CANNOT_BE_CUT:
        return printable(value) if not length or len(value) <= length else ""
    return _cut(value, length)


def _cut(value: str, length: int | None) -> str:
    """At most ``length`` characters, at a word's end where one is near, with an ellipsis."""
    text = printable(value).strip()
    if not length or length <= 0 or len(text) <= length:
        return text
    head = text[: length - 1]
    word = head.rpartition(" ")[0]
    return (word if len(word) > length // 2 else head).rstrip() + "…"
