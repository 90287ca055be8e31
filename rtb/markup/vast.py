"""VAST 2.0 to 4.3 and DAAST 1.0 inline documents (pure).

Elements stand in the order of the IAB's schemas. There is no XML namespace: its address begins
with http:, and exchanges refuse that in markup for secure inventory. Quartiles are not tracked:
nothing here counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adserving.links import Tracking
from campaigns.creative_attributes import CONTENT_TAXONOMY_1, MediaFile
from rtb.ad import Format
from rtb.markup import media
from rtb.markup.errors import NothingFits
from rtb.markup.escape import cdata, xml_text
from rtb.markup.tokens import tracking_of
from rtb.offer import Offer
from rtb.openrtb.lists import Protocol
from rtb.openrtb.request import Audio, Video
from rtb.site import RtbSite

AD_SYSTEM: Final = "<AdSystem>adplatform</AdSystem>"
VERSIONS: Final[dict[int, str]] = {
    Protocol.VAST_2: "2.0",
    Protocol.VAST_3: "3.0",
    Protocol.VAST_4: "4.0",
    Protocol.VAST_4_1: "4.1",
    Protocol.VAST_4_2: "4.2",
    Protocol.VAST_4_3: "4.3",
}
# IAB Content Taxonomy 1.0 is the only one whose codes DAAST's Category names.
_NO_CATEGORY: Final = "IAB24"  # uncategorised


@dataclass(frozen=True, slots=True)
class Linear:
    """A document and what the bid says about it."""

    adm: str
    protocol: int
    is_skippable: bool  # it brings its own skip button
    width: int = 0  # of the first file
    height: int = 0


def video(offer: Offer, slot: Video, site: RtbSite, now: int) -> Linear:
    """Raises NothingFits."""
    offered = slot.protocols or ((slot.protocol,) if slot.protocol else ())
    protocol = media.video_protocol(offered)
    skip = offer.ad.creative.attributes.skip_after
    has_button = skip is not None and slot.skip != 1 and protocol not in (0, Protocol.VAST_2)
    links = tracking_of(offer, site, now)
    files = _files(slot, offer)
    inner = _linear(offer, files, links, protocol, skip if has_button else None)
    adm = _vast(offer, inner, links, protocol, "")
    return Linear(adm, protocol, has_button, files[0].width, files[0].height)


def audio(offer: Offer, slot: Audio, site: RtbSite, now: int) -> Linear:
    """Raises NothingFits."""
    protocol = media.audio_protocol(slot.protocols)
    links = tracking_of(offer, site, now)
    inner = _linear(offer, _files(slot, offer), links, protocol, None)
    if protocol == Protocol.DAAST_1:
        return Linear(_daast(offer, inner, links), protocol, is_skippable=False)
    kind = ' adType="audio"' if protocol >= Protocol.VAST_4_1 else ""
    return Linear(_vast(offer, inner, links, protocol, kind), protocol, is_skippable=False)


def clock(seconds: int) -> str:
    """``HH:MM:SS``."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def _files(slot: Video | Audio, offer: Offer) -> Sequence[MediaFile]:
    creative = offer.ad.creative
    found = media.media_for(slot, creative.attributes.media)
    if not found:
        raise NothingFits(f"no file of creative {creative.id} fits impression {offer.imp.id!r}")
    return found


def _vast(offer: Offer, linear: str, links: Tracking, protocol: int, kind: str) -> str:
    if protocol not in VERSIONS:
        raise NothingFits(f"impression {offer.imp.id!r} takes no protocol that we speak")
    is_4 = protocol >= Protocol.VAST_4
    about = _about_4(offer, links, protocol) if is_4 else _about(offer, links, protocol)
    registry = '<UniversalAdId idRegistry="adplatform"'
    value = (
        ' idValue="{0}">{0}</UniversalAdId>'
        if protocol == Protocol.VAST_4
        else ">{0}</UniversalAdId>"
    )
    universal = registry + value.format(offer.ad.creative.id) if is_4 else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><VAST version="{VERSIONS[protocol]}">'
        f'<Ad id="{xml_text(offer.rtb_id)}"{kind}><InLine>{about}<Creatives>'
        f'<Creative id="{offer.ad.creative.id}">{universal}{linear}</Creative>'
        "</Creatives></InLine></Ad></VAST>"
    )


def _about(offer: Offer, links: Tracking, protocol: int) -> str:
    """VAST 2 and 3."""
    advertiser = _advertiser(offer) if protocol == Protocol.VAST_3 else ""
    impression = f'<Impression id="adplatform">{cdata(links.impression_url)}</Impression>'
    return f"{AD_SYSTEM}{_title(offer)}{advertiser}{impression}"


def _about_4(offer: Offer, links: Tracking, protocol: int) -> str:
    served = f"<AdServingId>{xml_text(offer.rtb_id)}</AdServingId>"
    return (
        f'{AD_SYSTEM}<Impression id="adplatform">{cdata(links.impression_url)}</Impression>'
        f"{_viewable(links) if offer.ad.format is Format.VIDEO else ''}"
        f"{served if protocol >= Protocol.VAST_4_1 else ''}{_title(offer)}{_advertiser(offer)}"
    )


def _viewable(links: Tracking) -> str:
    url = f"<Viewable>{cdata(links.viewable_url)}</Viewable>"
    return f'<ViewableImpression id="adplatform">{url}</ViewableImpression>'


def _daast(offer: Offer, linear: str, links: Tracking) -> str:
    attributes = offer.ad.creative.attributes
    known = attributes.cat if attributes.cattax == CONTENT_TAXONOMY_1 else ()
    category = xml_text(next(iter(known), _NO_CATEGORY))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DAAST version="1.0">'
        f'<Ad id="{xml_text(offer.rtb_id)}"><InLine>{AD_SYSTEM}{_title(offer)}'
        f"{_advertiser(offer)}<Category>{category}</Category>"
        f'<Impression id="adplatform">{cdata(links.impression_url)}</Impression><Creatives>'
        f'<Creative id="{offer.ad.creative.id}">{linear}</Creative>'
        "</Creatives></InLine></Ad></DAAST>"
    )


def _linear(
    offer: Offer, files: Sequence[MediaFile], links: Tracking, protocol: int, skip: int | None
) -> str:
    clicks_name = "AdInteractions" if protocol == Protocol.DAAST_1 else "VideoClicks"
    click = f"<ClickThrough>{cdata(links.click_url)}</ClickThrough>"
    clicks = f"<{clicks_name}>{click}</{clicks_name}>"
    listed = "".join(_file(offer, file, n, protocol) for n, file in enumerate(files, 1))
    found = f"<MediaFiles>{listed}</MediaFiles>"
    is_4 = protocol >= Protocol.VAST_4 and protocol != Protocol.DAAST_1
    offset = "" if skip is None else f' skipoffset="{clock(skip)}"'
    duration = f"<Duration>{clock(offer.ad.creative.attributes.duration)}</Duration>"
    parts = f"{found}{clicks}" if is_4 else f"{clicks}{found}"
    return f"<Linear{offset}>{duration}{parts}</Linear>"


def _file(offer: Offer, file: MediaFile, number: int, protocol: int) -> str:
    creative = offer.ad.creative
    bitrate = f' bitrate="{file.bitrate}"' if file.bitrate else ""
    size = ""
    if protocol != Protocol.DAAST_1:
        size = f' width="{file.width or creative.width}" height="{file.height or creative.height}"'
    return (
        f'<MediaFile id="{number}" delivery="progressive" type="{xml_text(file.mime)}"'
        f"{bitrate}{size}>{cdata(file.url)}</MediaFile>"
    )


def _title(offer: Offer) -> str:
    creative = offer.ad.creative
    title = creative.attributes.title or creative.adomain or f"Creative {creative.id}"
    return f"<AdTitle>{xml_text(title)}</AdTitle>"


def _advertiser(offer: Offer) -> str:
    adomain = offer.ad.creative.adomain
    return f"<Advertiser>{xml_text(adomain)}</Advertiser>" if adomain else ""
