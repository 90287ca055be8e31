"""Rules about a banner slot (OpenRTB 2.6 section 3.2.6; pure)."""

from collections.abc import Callable, Sequence
from typing import Final

from adserving import bits
from rtb.ad import Ad
from rtb.openrtb.lists import BannerType
from rtb.openrtb.request import Banner
from rtb.reasons import NoBid
from rtb.rules.sets import Memo, by_value, union, where

Rule = Callable[[Banner], int]
Builder = Callable[[Sequence[Ad]], Rule | None]
Sizes = tuple[tuple[int, int], ...]
Ratios = tuple[tuple[int, int, int], ...]

KINDS: Final = {  # how a creative is delivered, in the terms of btype
    "image": BannerType.XHTML_BANNER,
    "html": BannerType.JAVASCRIPT,
    "template": BannerType.IFRAME,
}


def size(ads: Sequence[Ad]) -> Rule:
    """The union of ``format`` and ``w`` x ``h``; a slot that names no size takes any."""
    exact = by_value(ads, lambda ad: ((ad.creative.width, ad.creative.height),))
    everyone = bits.first(len(ads))

    def answer(key: tuple[Sizes, Ratios]) -> int:
        sizes, ratios = key
        fitting = union(exact, sizes)
        for ratio in ratios:
            fitting |= where(ads, _fits(*ratio))
        return everyone & ~fitting

    memo = Memo(len(ads), answer)

    def rule(banner: Banner) -> int:
        sizes, ratios = sizes_of(banner), ratios_of(banner)
        return memo((sizes, ratios)) if sizes or ratios else 0

    return rule


def sizes_of(banner: Banner) -> Sizes:
    """Every exact size that the slot takes."""
    sizes = [(each.w, each.h) for each in banner.format if each.w and each.h]
    if banner.w and banner.h:
        sizes.append((banner.w, banner.h))
    return tuple(sizes)


def ratios_of(banner: Banner) -> Ratios:
    """Every ratio that the slot takes, with its least width."""
    return tuple(
        (each.wratio, each.hratio, each.wmin or 0)
        for each in banner.format
        if each.wratio and each.hratio
    )


def ad_type_blocked(ads: Sequence[Ad]) -> Rule:
    types = by_value(ads, lambda ad: (int(KINDS.get(ad.creative.kind, BannerType.JAVASCRIPT)),))
    return lambda banner: union(types, banner.btype) if banner.btype else 0


def mime(ads: Sequence[Ad]) -> Rule | None:
    """``mimes`` is about images and script; HTML markup is what every browser shows."""
    images = by_value(ads, _image_mime)
    if not images:
        return None

    def rule(banner: Banner) -> int:
        if not banner.mimes:
            return 0
        accepted = {each.lower() for each in banner.mimes}
        if "text/html" in accepted:
            return 0
        return union(images, (each for each in images if each not in accepted))

    return rule


BUILDERS: Final[tuple[tuple[NoBid, Builder], ...]] = (
    (NoBid.SIZE, size),
    (NoBid.AD_TYPE_BLOCKED, ad_type_blocked),
    (NoBid.MIME, mime),
)


def _fits(wratio: int, hratio: int, wmin: int) -> Callable[[Ad], bool]:
    def fits(ad: Ad) -> bool:
        width, height = ad.creative.width, ad.creative.height
        return width >= max(wmin, 1) and width * hratio == height * wratio

    return fits


SUFFIXES: Final = {
    ".png": "image/png",
    ".gif": "image/gif",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}


def _image_mime(ad: Ad) -> tuple[str, ...]:
    if ad.creative.kind != "image":
        return ()
    path = ad.creative.image_url.partition("?")[0].lower()
    return tuple(mime for suffix, mime in SUFFIXES.items() if path.endswith(suffix))
