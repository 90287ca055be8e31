"""What a bid says of an ad whatever the request: made once for each ad of a book (pure).

Measured: 4 of 123 microseconds of a bid.
"""

import hashlib
from typing import Final

import msgspec

from adserving.snapshot import CreativeConfig
from rtb.ad import Ad, Format

MARKUP_TYPES: Final = {Format.BANNER: 1, Format.VIDEO: 2, Format.AUDIO: 3, Format.NATIVE: 4}
MOST_ADS: Final = 10_000


class Shown(msgspec.Struct, frozen=True, gc=False):
    """Fields of a ``Bid``, by its names."""

    adid: str
    cid: str
    crid: str
    adomain: tuple[str, ...]
    iurl: str
    language: str
    mtype: int


def creative_id(creative: CreativeConfig) -> str:
    """``crid``: another one as soon as another ad is shown, so that exchanges review it again."""
    if creative.template_id:
        return f"{creative.id}-t{creative.template_id}"
    shown = f"{creative.image_url}\n{creative.html}\n{creative.landing_url}\n".encode()
    digest = hashlib.blake2b(shown + msgspec.json.encode(creative.attributes), digest_size=4)
    return f"{creative.id}-{digest.hexdigest()}"


def shown_of(ad: Ad) -> Shown:
    """Remembered by identity: an ad never changes, a changed configuration makes new ones."""
    known = _known.get(id(ad))
    if known is not None and known[0] is ad:
        return known[1]
    if len(_known) >= MOST_ADS:
        _known.clear()
    shown = _shown(ad)
    _known[id(ad)] = (ad, shown)
    return shown


_known: dict[int, tuple[Ad, Shown]] = {}  # holds the ad too, so that no other gets its id


def _shown(ad: Ad) -> Shown:
    creative = ad.creative
    return Shown(
        adid=str(creative.id),
        cid=str(ad.line_item.campaign.id),
        crid=creative_id(creative),
        adomain=(creative.adomain,) if creative.adomain else (),
        iurl=creative.image_url if creative.image_url.startswith("https://") else "",
        language=creative.attributes.language.partition("-")[0].lower(),
        mtype=MARKUP_TYPES[ad.format],
    )
