"""What a native place can show (pure): Native Ads 1.2."""

from typing import Final

from rtb.exchange.asked import Native as Offered
from rtb.exchange.native_ad import Asset, Image, Native, NotNative, read
from rtb.exchange.rules.case import Case, Rule

IMG_METHOD: Final = 1


def document(case: Case) -> str:
    """It can be read, and leads somewhere."""
    if case.kind != "native" or not case.bid.adm:
        return ""
    try:
        ad = read(case.bid.adm)
    except NotNative as exc:
        return f"no native ad: {exc}"
    return "" if ad.link and ad.link.url else "native ad without link.url"


def assets(case: Case) -> str:
    """Every required asset, none that was not asked for, each of its kind and within its limits."""
    pair = _pair(case)
    if pair is None:
        return ""
    asked, ad = pair
    wanted = {asset.id: asset for asset in asked.assets}
    given = {asset.id: asset for asset in ad.assets}
    missing = [each.id for each in asked.assets if each.required and each.id not in given]
    if missing:
        return f"required assets {missing} are missing"
    if given.keys() - wanted.keys():
        return f"assets {sorted(given.keys() - wanted.keys())} were not asked for"
    return next((text for each in ad.assets if (text := _fits(wanted[each.id], each))), "")


def trackers(case: Case) -> str:
    """Events and methods that the page offered."""
    pair = _pair(case)
    if pair is None:
        return ""
    asked, ad = pair
    offered = {(each.event, method) for each in asked.eventtrackers for method in each.methods}
    used = {(each.event, each.method) for each in ad.eventtrackers}
    return f"event trackers {sorted(used - offered)} were not offered" if used - offered else ""


def _pair(case: Case) -> tuple[Native, Native] | None:
    """What was asked for, and the ad; None where another rule speaks."""
    if case.kind != "native" or not isinstance(case.offered, Offered):
        return None
    try:
        return read(case.offered.request), read(case.bid.adm)
    except NotNative:
        return None


def _fits(wanted: Asset, given: Asset) -> str:
    if wanted.kind != given.kind:
        return f"asset {given.id} is a {given.kind}, not a {wanted.kind}"
    if wanted.title and given.title:
        return _text(given.id, given.title.text, wanted.title.len)
    if wanted.data and given.data:
        return _text(given.id, given.data.value, wanted.data.len)
    return _image(given.id, wanted.img, given.img) if wanted.img and given.img else ""


def _text(asset_id: int, text: str, longest: int) -> str:
    if not text:
        return f"asset {asset_id} is empty"
    too_long = longest and len(text) > longest
    return f"asset {asset_id} has {len(text)} characters, not {longest}" if too_long else ""


def _image(asset_id: int, wanted: Image, given: Image) -> str:
    """``w`` and ``h`` are exact, ``wmin`` and ``hmin`` the least."""
    if not given.url:
        return f"asset {asset_id} has no url"
    pairs = ((wanted.w, wanted.wmin, given.w), (wanted.h, wanted.hmin, given.h))
    for exact, least, side in pairs:
        if (exact and not least and side != exact) or (side and side < least):
            return f"asset {asset_id} is {given.w} x {given.h}"
    return ""


RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("native", document),
    ("native_assets", assets),
    ("native_trackers", trackers),
)
