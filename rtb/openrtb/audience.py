"""Who would see it, and what may be done with that (pure): device, user, regulations, supply chain.

Attributes are named as in OpenRTB 2.6. Absent is None, the specification's default, or (). What
2.5 kept in ``ext`` is read through ``rtb.openrtb.moved``, which knows both places.
"""

import msgspec

from rtb.openrtb.codes import Whole
from rtb.openrtb.inventory import Data


class Geo(msgspec.Struct, frozen=True, gc=False):
    lat: float | None = None
    lon: float | None = None
    type: Whole | None = None
    accuracy: Whole | None = None
    lastfix: Whole | None = None
    ipservice: Whole | None = None
    country: str = ""
    region: str = ""
    regionfips104: str = ""
    metro: str = ""
    city: str = ""
    zip: str = ""
    utcoffset: Whole | None = None


class BrandVersion(msgspec.Struct, frozen=True, gc=False):
    brand: str = ""
    version: tuple[str, ...] = ()


class UserAgent(msgspec.Struct, frozen=True, gc=False):
    """``Device.sua``: the structured user agent, better than ``ua``."""

    browsers: tuple[BrandVersion, ...] = ()
    platform: BrandVersion | None = None
    mobile: Whole | None = None
    architecture: str = ""
    bitness: str = ""
    model: str = ""
    source: Whole = 0


class Device(msgspec.Struct, frozen=True, gc=False):
    geo: Geo | None = None
    dnt: Whole | None = None
    lmt: Whole | None = None
    ua: str = ""
    sua: UserAgent | None = None
    ip: str = ""
    ipv6: str = ""
    devicetype: Whole | None = None
    make: str = ""
    model: str = ""
    os: str = ""
    osv: str = ""
    hwv: str = ""
    h: Whole | None = None
    w: Whole | None = None
    ppi: Whole | None = None
    pxratio: float | None = None
    js: Whole | None = None
    geofetch: Whole | None = None
    flashver: str = ""
    language: str = ""
    langb: str = ""
    carrier: str = ""
    mccmnc: str = ""
    connectiontype: Whole | None = None
    ifa: str = ""


class Uid(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    atype: Whole | None = None


class Eid(msgspec.Struct, frozen=True, gc=False):
    source: str = ""
    uids: tuple[Uid, ...] = ()
    inserter: str = ""
    matcher: str = ""
    mm: Whole | None = None


class UserExt(msgspec.Struct, frozen=True, gc=False):
    consent: str = ""
    eids: tuple[Eid, ...] = ()


class User(msgspec.Struct, frozen=True, gc=False):
    id: str = ""
    buyeruid: str = ""
    yob: Whole | None = None
    gender: str = ""
    keywords: str = ""
    kwarray: tuple[str, ...] = ()
    customdata: str = ""
    geo: Geo | None = None
    data: tuple[Data, ...] = ()
    consent: str = ""
    eids: tuple[Eid, ...] = ()
    ext: UserExt | None = None


class Transparency(msgspec.Struct, frozen=True, gc=False):
    domain: str = ""
    dsaparams: tuple[Whole, ...] = ()


class Dsa(msgspec.Struct, frozen=True, gc=False):
    """What the Digital Services Act asks: 2 and 3 in ``dsarequired`` refuse a bid without it."""

    dsarequired: Whole | None = None
    pubrender: Whole | None = None
    datatopub: Whole | None = None
    transparency: tuple[Transparency, ...] = ()


class RegsExt(msgspec.Struct, frozen=True, gc=False):
    gdpr: Whole | None = None
    us_privacy: str = ""
    gpp: str = ""
    gpp_sid: tuple[Whole, ...] = ()
    gpc: str | Whole | None = None  # "1", often 1
    dsa: Dsa | None = None


class Regs(msgspec.Struct, frozen=True, gc=False):
    coppa: Whole = 0
    gdpr: Whole | None = None
    us_privacy: str = ""
    gpp: str = ""
    gpp_sid: tuple[Whole, ...] = ()
    ext: RegsExt | None = None


class Node(msgspec.Struct, frozen=True, gc=False):
    """One seller of the chain; the last one sent the request."""

    asi: str = ""
    sid: str = ""
    rid: str = ""
    name: str = ""
    domain: str = ""
    hp: Whole | None = None


class SupplyChain(msgspec.Struct, frozen=True, gc=False):
    complete: Whole = 0
    nodes: tuple[Node, ...] = ()
    ver: str = ""


class ChainExt(msgspec.Struct, frozen=True, gc=False):
    """``Source.ext`` in 2.5, ``BidRequest.ext`` in 2.4."""

    schain: SupplyChain | None = None


class Source(msgspec.Struct, frozen=True, gc=False):
    fd: Whole | None = None
    tid: str = ""
    pchain: str = ""
    schain: SupplyChain | None = None
    ext: ChainExt | None = None
