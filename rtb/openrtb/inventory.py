"""Where it is for sale (pure): ``Site``, ``App``, ``Dooh`` and content, OpenRTB 2.6 3.2.13 on.

Attributes are named as in the specification. Absent is None, the specification's default, or ().
"""

import msgspec

from rtb.openrtb.codes import Whole


class Segment(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    name: str = ""
    value: str = ""


class DataExt(msgspec.Struct, frozen=True, gc=False):
    segtax: Whole | None = None


class Data(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    name: str = ""
    segment: tuple[Segment, ...] = ()
    ext: DataExt | None = None


class Publisher(msgspec.Struct, frozen=True, gc=False):
    """Also the producer, channel and network of content, which have the same fields."""

    id: str = ""
    name: str = ""
    cattax: Whole = 1
    cat: tuple[str, ...] = ()
    domain: str = ""


class Content(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    episode: Whole | None = None
    title: str = ""
    series: str = ""
    season: str = ""
    artist: str = ""
    genre: str = ""
    genres: tuple[Whole, ...] = ()
    gtax: Whole | None = None
    album: str = ""
    isrc: str = ""
    producer: Publisher | None = None
    url: str = ""
    cattax: Whole = 1
    cat: tuple[str, ...] = ()
    prodq: Whole | None = None
    context: Whole | None = None
    contentrating: str = ""
    userrating: str = ""
    qagmediarating: Whole | None = None
    keywords: str = ""
    kwarray: tuple[str, ...] = ()
    livestream: Whole | None = None
    sourcerelationship: Whole | None = None
    len: Whole | None = None
    language: str = ""
    langb: str = ""
    embeddable: Whole | None = None
    data: tuple[Data, ...] = ()
    network: Publisher | None = None
    channel: Publisher | None = None


class Site(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    name: str = ""
    domain: str = ""
    cattax: Whole = 1
    cat: tuple[str, ...] = ()
    sectioncat: tuple[str, ...] = ()
    pagecat: tuple[str, ...] = ()
    page: str = ""
    ref: str = ""
    search: str = ""
    mobile: Whole | None = None
    privacypolicy: Whole | None = None
    publisher: Publisher | None = None
    content: Content | None = None
    keywords: str = ""
    kwarray: tuple[str, ...] = ()
    inventorypartnerdomain: str = ""


class App(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    name: str = ""
    bundle: str = ""
    domain: str = ""
    storeurl: str = ""
    cattax: Whole = 1
    cat: tuple[str, ...] = ()
    sectioncat: tuple[str, ...] = ()
    pagecat: tuple[str, ...] = ()
    ver: str = ""
    privacypolicy: Whole | None = None
    paid: Whole | None = None
    publisher: Publisher | None = None
    content: Content | None = None
    keywords: str = ""
    kwarray: tuple[str, ...] = ()
    inventorypartnerdomain: str = ""


class Dooh(msgspec.Struct, frozen=True, gc=False):
    """A screen out of home."""

    id: str = ""
    name: str = ""
    venuetype: tuple[str, ...] = ()
    venuetypetax: Whole = 1
    publisher: Publisher | None = None
    domain: str = ""
    keywords: str = ""
    kwarray: tuple[str, ...] = ()
    content: Content | None = None
